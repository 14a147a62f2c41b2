#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

using Names = std::vector<std::pair<std::string, std::string>>;
const Names kNames{{"1", "one"}, {"1", "uno"}, {text_of(3), "three"}, {"x", "?"}};

}  // namespace

TEST_CASE("cogroup gives the values of each key on both sides, in the order of the rows") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      using Both = std::pair<std::vector<std::int64_t>, std::vector<std::string>>;
      std::map<std::string, Both> expected;
      for (const auto& [key, x] : keyed(rows)) expected[key].first.push_back(x);
      for (const auto& [key, name] : kNames) expected[key].second.push_back(name);
      const auto groups =
          context.parallelize(keyed(rows), partitions).cogroup(context.parallelize(kNames, 2), 3);
      REQUIRE(groups.partitions() == 3);
      REQUIRE(sorted(groups.collect()) ==
              std::vector<std::pair<std::string, Both>>(expected.begin(), expected.end()));
    }
  });
}

TEST_CASE("cogroup of three gives a tuple, and keys in the order of the sides and their rows") {
  on_every_master([](Context& context) {
    const std::vector<std::pair<int, bool>> flags{{4, true}, {2, false}, {9, true}};
    const std::vector<std::pair<int, int>> squares{{3, 9}, {2, 4}, {2, 5}};
    const std::vector<std::pair<int, double>> halves{{7, 3.5}, {3, 1.5}, {4, 2}};
    const auto groups =
        context.parallelize(flags, 2)
            .cogroup(context.parallelize(squares, 1), context.parallelize(halves, 3), 1)
            .collect();
    using Row =
        std::pair<int, std::tuple<std::vector<bool>, std::vector<int>, std::vector<double>>>;
    REQUIRE(groups == std::vector<Row>{{4, {{true}, {}, {2}}},
                                       {2, {{false}, {4, 5}, {}}},
                                       {9, {{true}, {}, {}}},
                                       {3, {{}, {9}, {1.5}}},
                                       {7, {{}, {}, {3.5}}}});
  });
}

TEST_CASE("cogroup of Rdds that are partitioned alike needs no shuffle") {
  everywhere([](Context& context, int partitions) {
    const auto sums = context.range(0, 20, partitions)
                          .map([](std::int64_t x) { return std::pair(x % 10, x); })
                          .reduce_by_key(std::plus<>{}, 4);
    const auto twice = sums.cogroup(sums.filter([](auto key, auto) { return key > 3; }));
    REQUIRE(twice.explain().find("stage 2") == std::string::npos);
    REQUIRE(twice.filter([](auto, auto& both) { return both.second.empty(); }).count() == 4);
    REQUIRE(twice.count() == 10);
  });
}

TEST_CASE("subtract_by_key keeps the rows whose key the other side has not, in their order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::string, std::int64_t>> expected;
      for (const auto& row : keyed(rows)) {
        if (row.first != "1" && row.first != text_of(3)) expected.push_back(row);
      }
      const auto kept = context.parallelize(keyed(rows), partitions)
                            .subtract_by_key(context.parallelize(kNames, 2), 1);
      REQUIRE(kept.collect() == expected);
    }
  });
}
