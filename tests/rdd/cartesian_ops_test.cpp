#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("cartesian gives all pairs of the elements of both sides") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const std::vector<std::string> others{"a", text_of(3), ""};
      std::vector<std::pair<std::string, std::string>> expected;
      for (const auto& text : texts_of(rows)) {
        for (const auto& other : others) expected.emplace_back(text, other);
      }
      const auto left = context.parallelize(texts_of(rows), partitions);
      REQUIRE(left.cartesian(context.parallelize(others, 1)).collect() == expected);
      const auto pairs = left.cartesian(context.parallelize(others, 5));
      REQUIRE(pairs.partitions() == static_cast<std::uint32_t>(partitions) * 5);
      REQUIRE(pairs.explain().find("stage 1") == std::string::npos);
      REQUIRE(sorted(pairs.collect()) == sorted(expected));
    }
  });
}

TEST_CASE("cartesian of what was shuffled computes each partition from the right ones") {
  everywhere([](Context& context, int partitions) {
    const auto counts = context.range(0, 30, partitions)
                            .map([](std::int64_t x) { return std::pair(x % 3, x); })
                            .reduce_by_key(std::plus<>{}, 2)
                            .persist();
    const auto products = counts.cartesian(context.range(0, 4, 3).repartition(2));
    REQUIRE(products.count() == 12);
    REQUIRE(products.map([](auto& count, std::int64_t y) { return count.second * y; }).sum() ==
            435 * 6);
    REQUIRE(products.take(2).size() == 2);
  });
  auto& context = context_of("local[1]");
  REQUIRE_THROWS_WITH(context.range(0, 10, 2'000).cartesian(context.range(0, 10, 1'000)),
                      contains_text("cartesian at cartesian_ops_test.cpp:") &&
                          contains_text(": 2000000 partitions"));
}
