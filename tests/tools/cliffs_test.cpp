#include "tools/benchmark/cliffs.hpp"

#include <string>
#include <vector>

#include "tests/catch.hpp"

namespace bench {
namespace {

Curve curve(std::string rows, std::vector<Curve::Point> points) {
  return {
      .workload = "W4", .rows = std::move(rows), .partitions = 200, .points = std::move(points)};
}

TEST_CASE("a curve whose rows never take over 3 times as long as before has no cliff") {
  CHECK(cliffs({}).empty());
  CHECK(cliffs({curve("even", {{1'000, 100}, {10'000, 300}, {100'000, 20}, {1'000'000, 60}})})
            .empty());
}

TEST_CASE("a step to rows that take over 3 times as long is a cliff, named with both times") {
  const auto found = cliffs({curve("even", {{1'000, 100}, {10'000, 90}, {100'000, 360}})});
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        "W4 even, 200 partitions, 100000 rows: 4.0 times as long a row as with 10000 rows (360 ns "
        "against 90 ns)");
}

TEST_CASE("rows that take over 5 times as long as even ones of the same size are a cliff") {
  const auto even = curve("even", {{1'000, 100}, {10'000, 50}});
  CHECK(cliffs({even, curve("hot", {{1'000, 500}, {10'000, 250}})}).empty());
  const auto found = cliffs({even, curve("hot", {{1'000, 200}, {10'000, 260}})});
  REQUIRE(found.size() == 1);
  CHECK(found[0] ==
        "W4 hot, 200 partitions, 10000 rows: 5.2 times as long a row as with even keys (260 ns "
        "against 50 ns)");
}

TEST_CASE("rows are held against even ones of their own workload and partitions only") {
  auto other_workload = curve("even", {{1'000, 1}});
  other_workload.workload = "W6";
  auto other_partitions = curve("even", {{1'000, 1}});
  other_partitions.partitions = 2;
  const auto other_size = curve("even", {{10'000, 1}});
  CHECK(
      cliffs({other_workload, other_partitions, other_size, curve("hot", {{1'000, 100}})}).empty());
}

}  // namespace
}  // namespace bench
