#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/rdd/refuse_each.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("each request for memory that is refused gives a clear error and no leak") {
  REQUIRE(refuse_each([](Context& context) {
            context.range(0, 2000, 2)
                .map([](std::int64_t x) {
                  return std::pair("a key that needs memory " + std::to_string(x % 50), x);
                })
                .reduce_by_key(std::plus<>{})
                .collect();
          }) > 10);
  REQUIRE(refuse_each([](Context& context) {
            const auto pairs =
                context.range(0, 200, 2).map([](std::int64_t x) { return std::pair(x % 20, x); });
            pairs.join(pairs.group_by_key()).sort_by_key().count();
          }) > 10);
  REQUIRE(refuse_each([](Context& context) {
            const auto texts = context.range(0, 200, 2).map(
                [](std::int64_t x) { return "a key that needs memory " + std::to_string(x % 50); });
            texts.sort_by([](const std::string& text) { return text; }).count();
          }) > 20);
  REQUIRE(refuse_each([](Context& context) {
            const auto kept =
                context.range(0, 500, 2)
                    .map([](std::int64_t x) { return std::to_string(x) + " is a text"; })
                    .persist();
            kept.count();
            kept.take(100);
          }) > 5);
}

TEST_CASE("a budget that is too small fails the job with the numbers, and the context goes on") {
  Config config;
  config.master = "local[2]";
  config.memory = 1 << 20;
  Context context(config);
  const auto large = context.range(0, 10'000'000, 4).persist();
  REQUIRE_THROWS_WITH(large.count(), contains_text("1048576") && contains_text("more partitions"));
  REQUIRE(context.range(0, 1000).count() == 1000);
}

TEST_CASE("a budget that has no room for the buckets of many partitions says so") {
  Config config;
  config.master = "local[2]";
  config.memory = 1 << 20;
  Context context(config);
  const auto pairs = context.range(0, 10, 2).map([](std::int64_t x) { return std::pair(x, x); });
  REQUIRE_THROWS_WITH(pairs.reduce_by_key(std::plus<>{}, 50'000).count(),
                      contains_text("a bucket for each of 50000 partitions, fewer of which"));
  REQUIRE_THROWS_WITH(pairs.sort_by_key(SortOrder::ascending, 50'000).count(),
                      contains_text("a bucket for each of 50000 partitions, fewer of which"));
  REQUIRE(pairs.reduce_by_key(std::plus<>{}, 20).count() == 10);
}
