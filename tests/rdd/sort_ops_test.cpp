#include <algorithm>
#include <limits>
#include <stdexcept>
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

TEST_CASE("false comes before true, each in the order of its rows") {
  on_every_master([](Context& context) {
    const auto sorted =
        context.range(0, 10, 3).sort_by([](std::int64_t x) { return x % 2 == 0; }).collect();
    REQUIRE(sorted == std::vector<std::int64_t>{1, 3, 5, 7, 9, 0, 2, 4, 6, 8});
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

TEST_CASE(
    "sort_by sorts by a key that is computed, keeps the rows and their order where it is equal") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      auto expected = texts_of(rows);
      const auto texts = context.parallelize(expected, 3).map([](std::string_view text) {
        return std::string(text);
      });
      std::stable_sort(expected.begin(), expected.end(),
                       [](const auto& a, const auto& b) { return a.back() < b.back(); });
      const auto by_last =
          texts.sort_by([](std::string_view text) { return text.substr(text.size() - 1); },
                        SortOrder::ascending, partitions);
      REQUIRE(by_last.partitions() == static_cast<std::uint32_t>(partitions));
      REQUIRE(by_last.collect() == expected);
    }
  });
}

TEST_CASE("a descending sort_by of numbers gives the greatest first, NaNs before all") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::pair<int, double>> rows{{1, 2.5}, {2, nan}, {3, -1.0}, {4, 2.5}, {5, 7}};
    const auto sorted = context.parallelize(rows, 3).sort_by([](int, double x) { return x; },
                                                             SortOrder::descending, partitions);
    REQUIRE(sorted.map([](int n, double) { return n; }).collect() ==
            std::vector<int>{2, 5, 1, 4, 3});
    REQUIRE(context.range(0, 50, partitions)
                .sort_by([](std::int64_t x) { return std::pair(x % 2, -x); })
                .first() == 48);
  });
}

TEST_CASE("the function of sort_by that throws is named") {
  auto& context = context_of("local[3]");
  const auto sorted = context.range(0, 10, 2).sort_by([](std::int64_t x) {
    if (x == 7) throw std::runtime_error("no key for 7");
    return x;
  });
  REQUIRE_THROWS_WITH(sorted.count(), contains_text("sort_by at") && contains_text("no key for 7"));
  REQUIRE(sorted.explain().find("sort_by") != std::string::npos);
}
