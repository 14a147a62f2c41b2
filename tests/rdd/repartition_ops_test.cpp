#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

using Numbers = std::vector<std::int64_t>;

// The elements of each partition that has any.
std::vector<Numbers> by_partition(const Rdd<std::int64_t>& numbers) {
  const auto all = numbers.map([](std::int64_t x) { return std::pair(0, x); })
                       .aggregate_by_key(
                           std::vector<Numbers>{},
                           [](std::vector<Numbers> lists, std::int64_t x) {
                             if (lists.empty()) lists.emplace_back();
                             lists.back().push_back(x);
                             return lists;
                           },
                           [](std::vector<Numbers> a, const std::vector<Numbers>& b) {
                             a.insert(a.end(), b.begin(), b.end());
                             return a;
                           },
                           1)
                       .collect();
  return all.empty() ? std::vector<Numbers>{} : all.front().second;
}

std::size_t largest(const std::vector<Numbers>& partitions) {
  std::size_t most = 0;
  for (const auto& numbers : partitions) most = std::max(most, numbers.size());
  return most;
}

}  // namespace

TEST_CASE("repartition deals the elements out evenly, by their positions alone") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto dealt = context.parallelize(rows, 3).repartition(partitions);
      REQUIRE(dealt.partitions() == static_cast<std::uint32_t>(partitions));
      REQUIRE(sorted(dealt.collect()) == sorted(rows));
      // Each of the three map partitions gives a partition at most one more than its share.
      REQUIRE(largest(by_partition(dealt)) <=
              rows.size() / static_cast<std::size_t>(partitions) + 3);
    }
    const auto texts = texts_of(model_rows().back());
    const auto dealt = context.parallelize(texts, 4).repartition(partitions).collect();
    REQUIRE(dealt ==
            context_of("local[1]").parallelize(texts, 4).repartition(partitions).collect());
    REQUIRE(sorted(dealt) == sorted(texts));
  });
}

TEST_CASE("coalesce puts neighbouring partitions together without a shuffle and keeps the order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto joined = context.parallelize(texts_of(rows), 5)
                              .filter([](std::string_view text) { return text != "5"; })
                              .coalesce(partitions);
      REQUIRE(joined.partitions() == static_cast<std::uint32_t>(std::min(partitions, 5)));
      REQUIRE(joined.explain().find("stage 1") == std::string::npos);
      auto expected = texts_of(rows);
      std::erase(expected, "5");
      REQUIRE(joined.collect() == expected);
      REQUIRE(joined.take(2).size() == std::min<std::size_t>(expected.size(), 2));
    }
    const auto tens = context.range(0, 100, 10);
    REQUIRE(by_partition(tens.coalesce(4)) ==
            by_partition(context.parallelize(tens.collect(), 10).coalesce(4)));
    REQUIRE(largest(by_partition(tens.coalesce(4))) == 30);
  });
}

TEST_CASE("what is coalesced may be persisted, shuffled and sorted on both sides") {
  everywhere([](Context& context, int partitions) {
    const auto counts = context.range(0, 100, 6)
                            .map([](std::int64_t x) { return std::pair(x % 10, std::int64_t{1}); })
                            .reduce_by_key(std::plus<>{}, 7)
                            .persist()
                            .coalesce(partitions)
                            .sort_by_key(SortOrder::descending, 2);
    const auto rows = counts.collect();
    REQUIRE(rows.size() == 10);
    REQUIRE(rows.front() == std::pair<std::int64_t, std::int64_t>(9, 10));
    REQUIRE(rows == counts.collect());
  });
}

TEST_CASE(
    "partition_by brings the rows of a key together, and ops by key after it need no shuffle") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto pairs = context.parallelize(keyed(rows), 3).partition_by(partitions);
      REQUIRE(pairs.partitions() == static_cast<std::uint32_t>(partitions));
      REQUIRE(sorted(pairs.collect()) == sorted(keyed(rows)));
      const auto sums = pairs.reduce_by_key(std::plus<>{}).join(pairs.group_by_key());
      REQUIRE(sums.explain().find("stage 2") == std::string::npos);
      bool right = true;
      for (const auto& [key, both] : sums.collect()) {
        std::int64_t sum = 0;
        for (const auto x : both.second) sum += x;
        right = right && sum == both.first;
      }
      REQUIRE(right);
      // Partitioned so already: nothing is to be done.
      REQUIRE(pairs.partition_by(partitions).explain() == pairs.explain());
    }
  });
}

TEST_CASE("partition_by a function puts each row where the function says") {
  everywhere([](Context& context, int partitions) {
    const auto pairs = context.range(0, 60, partitions).map([](std::int64_t x) {
      return std::pair(std::to_string(x % 3), x);
    });
    const auto placed = pairs.partition_by(
        5, [](std::string_view key) { return static_cast<std::size_t>(4 - (key[0] - '0')); });
    REQUIRE(placed.partitions() == 5);
    const auto parts = by_partition(placed.map([](auto&, std::int64_t x) { return x; }));
    std::vector<Numbers> expected(3);
    for (std::int64_t x = 0; x < 60; ++x)
      expected[static_cast<std::size_t>(2 - x % 3)].push_back(x);
    REQUIRE(parts == expected);
    // The rule is the function's: an op by key must not take it for its own.
    const auto sums = placed.reduce_by_key(std::plus<>{}, 5);
    REQUIRE(sums.explain().find("stage 2") != std::string::npos);
    REQUIRE(sums.count() == 3);
  });
}

TEST_CASE("a function that gives a partition that there is not fails the job, with its name") {
  on_every_master([](Context& context) {
    const auto pairs = context.range(0, 6, 2).map([](std::int64_t x) { return std::pair(x, x); });
    REQUIRE_THROWS_WITH(pairs.partition_by(3, [](std::int64_t key) { return key; }).count(),
                        contains_text("partition_by at repartition_ops_test.cpp:") &&
                            contains_text("partition 3 of 3"));
    // The one wrong partition: which of several is met first would depend on the threads.
    REQUIRE_THROWS_WITH(
        pairs.partition_by(3, [](std::int64_t key) { return key == 0 ? -1 : 0; }).count(),
        contains_text("partition -1 of 3"));
  });
}

TEST_CASE("numbers of partitions below 1 are refused") {
  auto& context = context_of("local[1]");
  const auto numbers = context.range(0, 10);
  const auto pairs = numbers.map([](std::int64_t x) { return std::pair(x, x); });
  REQUIRE_THROWS_WITH(numbers.repartition(0),
                      contains_text("repartition at ") && contains_text(": 0 partitions"));
  REQUIRE_THROWS_WITH(numbers.coalesce(-2),
                      contains_text("coalesce at ") && contains_text(": -2 partitions"));
  REQUIRE_THROWS_AS(pairs.partition_by(0), UsageError);
  REQUIRE_THROWS_AS(numbers.distinct(0), UsageError);
  REQUIRE_THROWS_AS(numbers.sort_by([](std::int64_t x) { return x; }, SortOrder::ascending, 0),
                    UsageError);
}
