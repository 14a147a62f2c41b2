#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

using Pair = std::pair<std::int64_t, std::int64_t>;

Rdd<Pair> pairs_of(const Rdd<std::int64_t>& numbers) {
  return numbers.map([](std::int64_t x) { return Pair(x % 3, x); });
}

}  // namespace

TEST_CASE("an empty Rdd has no partitions, and every action has its answer for none") {
  on_every_master([](Context& context) {
    const auto none = context.empty<std::int64_t>();
    REQUIRE(none.partitions() == 0);
    REQUIRE(none.count() == 0);
    REQUIRE(none.collect().empty());
    REQUIRE(none.take(5).empty());
    REQUIRE(none.sum() == 0);
    none.for_each([](std::int64_t) {});
    REQUIRE_THROWS_AS(none.first(), EmptyRddError);
    REQUIRE_THROWS_AS(none.reduce(std::plus<>{}), EmptyRddError);
    REQUIRE(none.explain().find("empty at empty_test.cpp:") != std::string::npos);
    REQUIRE(context.empty<std::string>().collect().empty());
  });
}

TEST_CASE("narrow ops, persist and union work on an empty Rdd") {
  on_every_master([](Context& context) {
    const auto none = context.empty<std::int64_t>();
    REQUIRE(none.map([](std::int64_t x) { return x + 1; }).count() == 0);
    REQUIRE(none.filter([](std::int64_t x) { return x > 0; }).collect().empty());
    const auto kept = none.persist();
    REQUIRE(kept.count() == 0);
    REQUIRE(kept.count() == 0);
    kept.unpersist();
    REQUIRE(none.union_with(none).count() == 0);
    auto all = none;
    for (int i = 0; i < 3; ++i) all = all.union_with(context.range(i, i + 1, 1)).union_with(none);
    REQUIRE(all.collect() == std::vector<std::int64_t>{0, 1, 2});
  });
}

TEST_CASE("wide ops work on an empty Rdd, and on an empty one beside another") {
  on_every_master([](Context& context) {
    const auto none = pairs_of(context.empty<std::int64_t>());
    const auto some = pairs_of(context.range(0, 5, 2));
    for (const PartitionCount partitions : {PartitionCount(), PartitionCount(3)}) {
      const auto check = [&](const auto& rdd) {
        REQUIRE(rdd.count() == 0);
        // In a union its shuffles do run.
        REQUIRE(rdd.union_with(rdd).collect().empty());
      };
      check(none.reduce_by_key(std::plus<>{}, partitions));
      check(none.group_by_key(partitions));
      check(none.sort_by_key(SortOrder::ascending, partitions));
      check(none.join(some, partitions));
      check(some.join(none, partitions));
      check(none.join(none, partitions));
      check(none.reduce_by_key(std::plus<>{}).join(some, partitions));
      REQUIRE(none.reduce_by_key(std::plus<>{}).join(some).union_with(some.join(some)).count() ==
              some.join(some).count());
    }
    REQUIRE(none.union_with(some).sort_by_key().collect() ==
            std::vector<Pair>{{0, 0}, {0, 3}, {1, 1}, {1, 4}, {2, 2}});
  });
}
