#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("sort_by_key sorts over all partitions and keeps the order of rows with equal keys") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::string, std::int64_t>> pairs;
      for (const auto x : rows)
        pairs.emplace_back(text_of(x % 10), static_cast<std::int64_t>(pairs.size()));
      auto expected = pairs;
      std::stable_sort(expected.begin(), expected.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      const auto sorted =
          context.parallelize(pairs, 3).sort_by_key(SortOrder::ascending, partitions);
      REQUIRE(sorted.partitions() == static_cast<std::uint32_t>(partitions));
      REQUIRE(sorted.collect() == expected);
    }
  });
}

TEST_CASE("a descending sort gives the greatest keys first, equal ones in their order") {
  everywhere([](Context& context, int partitions) {
    std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
    for (std::int64_t i = 0; i < 500; ++i) pairs.emplace_back(i * 31 % 40, i);
    auto expected = pairs;
    std::stable_sort(expected.begin(), expected.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    REQUIRE(
        context.parallelize(pairs, 4).sort_by_key(SortOrder::descending, partitions).collect() ==
        expected);
  });
}

TEST_CASE("NaN keys come after all numbers, however many partitions there are") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const auto inf = std::numeric_limits<double>::infinity();
    const std::vector<std::pair<double, int>> rows{{nan, 0}, {2, 1},   {-inf, 2},
                                                   {nan, 3}, {inf, 4}, {-1, 5}};
    const auto sorted = context.parallelize(rows, 3).sort_by_key(SortOrder::ascending, partitions);
    REQUIRE(sorted.map([](double, int n) { return n; }).collect() ==
            std::vector<int>{2, 5, 1, 4, 0, 3});
  });
}

TEST_CASE("a sort of what was sorted, reduced and joined before works in one program") {
  everywhere([](Context& context, int partitions) {
    const auto counts = context.range(0, 1000, partitions)
                            .map([](std::int64_t x) { return std::pair(x % 17, std::int64_t{1}); })
                            .reduce_by_key(std::plus<>{});
    const auto by_count =
        counts.sort_by_key()
            .map([](std::int64_t key, std::int64_t n) { return std::pair(-n, key); })
            .sort_by_key(SortOrder::ascending, 3);
    const auto rows = by_count.collect();
    REQUIRE(rows.size() == 17);
    REQUIRE(std::is_sorted(rows.begin(), rows.end()));
    REQUIRE(rows.front().first == -59);
    REQUIRE(rows.back().first == -58);
  });
}

TEST_CASE("sort_by_key samples once, before the first job that needs it, and never before") {
  auto& context = context_of("local[3]");
  // A run of the source for each partition is seen by its rows.
  static std::atomic<int> seen;
  seen = 0;
  const auto sorted = context.range(0, 40, 4)
                          .map([](std::int64_t x) {
                            ++seen;
                            return std::pair(-x, x);
                          })
                          .sort_by_key(SortOrder::ascending, 2);
  REQUIRE(seen == 0);
  REQUIRE(sorted.count() == 40);
  REQUIRE(seen == 80);  // the sample and the map stage
  REQUIRE(sorted.count() == 40);
  REQUIRE(seen == 80);  // the map stage is skipped
}
