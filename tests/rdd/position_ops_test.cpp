#include <algorithm>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE(
    "sample keeps about its fraction, the same rows each time, and other ones for another seed") {
  everywhere([](Context& context, int partitions) {
    const auto numbers = context.range(0, 100'000, partitions);
    const auto kept = numbers.sample(0.1).collect();
    REQUIRE(kept.size() > 9'500);
    REQUIRE(kept.size() < 10'500);
    REQUIRE(std::is_sorted(kept.begin(), kept.end()));
    REQUIRE(std::adjacent_find(kept.begin(), kept.end()) == kept.end());
    REQUIRE(numbers.sample(0.1).collect() == kept);
    REQUIRE(numbers.sample(0.1, 2).collect() != kept);
    REQUIRE(numbers.sample(0).count() == 0);
    REQUIRE(numbers.sample(1).count() == 100'000);
  });
}

TEST_CASE("sample_with_replacement gives rows about as often as its fraction says") {
  everywhere([](Context& context, int partitions) {
    const auto texts =
        context.range(0, 2'000, partitions).map([](std::int64_t x) { return text_of(x); });
    const auto twice = texts.sample_with_replacement(2, 7).collect();
    REQUIRE(twice.size() > 3'700);
    REQUIRE(twice.size() < 4'300);
    REQUIRE(std::adjacent_find(twice.begin(), twice.end()) != twice.end());
    const auto many = texts.sample_with_replacement(40.5).count();
    REQUIRE(many > 79'000);
    REQUIRE(many < 83'000);
    REQUIRE(texts.sample_with_replacement(0).count() == 0);
  });
}

TEST_CASE("a fraction that cannot be is refused where it is written") {
  Context context("local[1]");
  const auto numbers = context.range(0, 10);
  for (const double fraction : {-0.1, 1.5, std::nan("")}) {
    REQUIRE_THROWS_AS(numbers.sample(fraction), UsageError);
  }
  REQUIRE_THROWS_AS(numbers.sample_with_replacement(1e6), UsageError);
}

TEST_CASE("zip_with_index numbers the rows in their order, across partitions") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::string, std::int64_t>> expected;
      for (const auto& text : texts_of(rows)) {
        if (text.size() % 2 == 0)
          expected.emplace_back(text, static_cast<std::int64_t>(expected.size()));
      }
      const auto even =
          context.parallelize(texts_of(rows), partitions).filter([](std::string_view text) {
            return text.size() % 2 == 0;
          });
      const auto numbered = even.zip_with_index();
      REQUIRE(numbered.collect() == expected);
      REQUIRE(numbered.count() == expected.size());  // counted once, used again
      // In a shuffle, where the index is needed by a map stage.
      REQUIRE(numbered.map([](auto& text, std::int64_t i) { return std::pair(i, text.size()); })
                  .reduce_by_key(std::plus<>{}, 2)
                  .count() == expected.size());
    }
  });
}

TEST_CASE("an index over an index counts the inner one first") {
  everywhere([](Context& context, int partitions) {
    const auto inner =
        context.range(0, 20, partitions).zip_with_index().filter([](std::int64_t, std::int64_t i) {
          return i % 2 == 1;
        });
    const auto outer = inner.zip_with_index().map(
        [](auto& numbered, std::int64_t i) { return std::pair(numbered.second, i); });
    std::vector<std::pair<std::int64_t, std::int64_t>> expected;
    for (std::int64_t i = 0; i < 10; ++i) expected.emplace_back(2 * i + 1, i);
    REQUIRE(outer.collect() == expected);
  });
}
