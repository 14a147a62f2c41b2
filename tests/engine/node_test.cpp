#include "kindred/engine/node.hpp"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/chain.hpp"

namespace kindred {

TEST_CASE("an op's label names the op, what the user called it, and where it was called") {
  REQUIRE(OpLabel{"map", "", "pi.cpp", 12}.text() == "map at pi.cpp:12");
  REQUIRE(OpLabel{"map", "distances", "pi.cpp", 12}.text() == "map 'distances' at pi.cpp:12");
  REQUIRE(OpLabel{"map", "", "", 0}.text() == "map");
}

TEST_CASE("a chain of any length is destroyed without recursion") {
  {
    auto node = test::chain(1'000'000);
    REQUIRE(test::Step::alive == 1'000'000);
    node = NodeRef();
    REQUIRE(test::Step::alive == 0);
    node = test::chain(1000);
    auto other = test::chain(10);
    node = other;
    REQUIRE(test::Step::alive == 10);
    node = std::move(other);
    REQUIRE(test::Step::alive == 10);
    const auto& same = node;
    node = same;
    REQUIRE(test::Step::alive == 10);
  }
  REQUIRE(test::Step::alive == 0);
}

TEST_CASE("a chain whose last reference is not a NodeRef is destroyed without recursion too") {
  auto node = test::chain(1'000'000).shared();
  node.reset();
  REQUIRE(test::Step::alive == 0);
}

TEST_CASE("a parent that someone else still holds outlives its children") {
  const auto parent = test::chain(10);
  {
    auto left = test::step(100, {parent});
    auto right = test::step(101, {parent});
    const auto both = test::step(102, {left, right});
    REQUIRE(test::Step::alive == 13);
  }
  REQUIRE(test::Step::alive == 10);
}

TEST_CASE("a wide node with many shared parents is destroyed once") {
  {
    std::vector<NodeRef> layer{test::step(0, {})};
    for (std::uint64_t i = 1; i < 200; ++i) {
      // Two of each: as many paths as 2^200.
      layer = {test::step(2 * i, layer), test::step(2 * i + 1, layer)};
    }
    REQUIRE(test::Step::alive == 1 + 2 * 199);
  }
  REQUIRE(test::Step::alive == 0);
}

TEST_CASE("a partition comes from the same partition of each narrow parent") {
  const auto node = test::step(3, {test::step(1, {}), test::step(2, {})});
  const auto parents = node->narrow_parents(PartitionId{2});
  REQUIRE(parents.size() == 2);
  REQUIRE(parents[1].parent == 1);
  REQUIRE(parents[1].partition == PartitionId{2});
  REQUIRE(node->preferred_locations(PartitionId{0}).empty());
  REQUIRE(node->shuffle() == ShuffleId{3});
}

}  // namespace kindred
