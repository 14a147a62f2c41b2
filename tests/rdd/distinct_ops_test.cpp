#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// Each row once, in the order in which they are first seen.
template <class T>
std::vector<T> distinct_model(const std::vector<T>& rows) {
  std::vector<T> seen;
  for (const auto& row : rows) {
    if (std::find(seen.begin(), seen.end(), row) == seen.end()) seen.push_back(row);
  }
  return seen;
}

}  // namespace

TEST_CASE("distinct gives each element once, in the order in which they are first seen") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = texts_of(rows);
      REQUIRE(context.parallelize(texts, partitions).distinct(1).collect() ==
              distinct_model(texts));
      const auto numbers = context.parallelize(rows, 3).distinct(partitions);
      REQUIRE(numbers.partitions() == static_cast<std::uint32_t>(partitions));
      REQUIRE(sorted(numbers.collect()) == sorted(distinct_model(rows)));
      REQUIRE(numbers.take(1).size() == std::min<std::size_t>(rows.size(), 1));
    }
  });
}

TEST_CASE("distinct takes all NaNs for one, and 0.0 and -0.0 too") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<double> rows{nan, 0.0, -nan, 1.5, -0.0, nan, 1.5};
    REQUIRE(context.parallelize(rows, partitions).distinct().count() == 3);
    const auto flags = context.parallelize(rows, partitions).map([](double x) { return x == x; });
    REQUIRE(flags.distinct(1).map([](bool flag) { return flag ? 1 : 0; }).collect() ==
            std::vector<int>{0, 1});
  });
}

TEST_CASE("distinct of pairs that are partitioned by their key needs no shuffle") {
  everywhere([](Context& context, int partitions) {
    const auto pairs = context.parallelize(keyed(model_rows().back()), 3)
                           .map_values([](std::int64_t x) { return x % 4; })
                           .partition_by(partitions);
    const auto once = pairs.distinct();
    REQUIRE(once.explain().find("stage 2") == std::string::npos);
    REQUIRE(sorted(once.collect()) == sorted(distinct_model(pairs.collect())));
    REQUIRE(once.partitioning() == pairs.partitioning());
    // Shuffled by the whole pair the rows of a key lie apart: no op by key may take them as they
    // are.
    const auto apart = context.parallelize(keyed({1, 1, 2, 11, 12}), 2).distinct(partitions);
    REQUIRE(apart.reduce_by_key(std::plus<>{}).count() == 2);
  });
}

TEST_CASE("subtract keeps what the other side has not, and intersection what both have, once") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = texts_of(rows);
      const std::vector<std::string> others{text_of(3), text_of(2), text_of(3), text_of(-1), "x"};
      const auto in_others = [&](const std::string& text) {
        return std::find(others.begin(), others.end(), text) != others.end();
      };
      std::vector<std::string> rest;
      std::vector<std::string> both;
      for (const auto& text : texts) (in_others(text) ? both : rest).push_back(text);
      const auto left = context.parallelize(texts, partitions);
      const auto right = context.parallelize(others, 2);
      REQUIRE(left.subtract(right, 1).collect() == rest);
      REQUIRE(left.intersection(right, 1).collect() == distinct_model(both));
      REQUIRE(sorted(left.subtract(right).collect()) == sorted(rest));
      REQUIRE(sorted(left.intersection(right, 3).collect()) == sorted(distinct_model(both)));
    }
  });
}

TEST_CASE("subtract and intersection of pairs that are partitioned alike need no shuffle") {
  everywhere([](Context& context, int partitions) {
    const auto sums = context.range(0, 20, partitions)
                          .map([](std::int64_t x) { return std::pair(x % 10, x); })
                          .reduce_by_key(std::plus<>{}, 4);
    const auto few = sums.filter([](auto key, auto) { return key > 6; });
    REQUIRE(sums.subtract(few).explain().find("stage 2") == std::string::npos);
    REQUIRE(sums.subtract(few).count() == 7);
    REQUIRE(sorted(few.intersection(sums).collect()) == sorted(few.collect()));
    const auto shuffled = few.map([](auto key, auto x) { return std::pair(key, x); });
    REQUIRE(sums.subtract(shuffled).count() == 7);
  });
}
