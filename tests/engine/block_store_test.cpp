#include "kindred/engine/block_store.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "tests/catch.hpp"

namespace kindred {
namespace {

struct Number final : CachedBlock {
  explicit Number(int number) : value(number) {}
  std::string sealed() const override { return seal_block(std::to_string(value)); }

  const int value;
};

BlockStore::Block block(int value) { return std::make_shared<const Number>(value); }
int value_of(const BlockStore::Block& block) {
  return static_cast<const Number*>(block.get())->value;
}

constexpr BlockId kBlock{RddId{1}, PartitionId{2}};

}  // namespace

TEST_CASE("a block that is put is found, and no other one") {
  BlockStore store;
  REQUIRE(value_of(store.put(kBlock, block(7))) == 7);
  REQUIRE(value_of(store.find(kBlock)) == 7);
  REQUIRE(store.find({RddId{1}, PartitionId{3}}) == nullptr);
  REQUIRE(store.find({RddId{2}, PartitionId{2}}) == nullptr);
  REQUIRE(store.size() == 1);
}

TEST_CASE("the first block of an id stays") {
  BlockStore store;
  store.put(kBlock, block(7));
  REQUIRE(value_of(store.put(kBlock, block(8))) == 7);
  REQUIRE(value_of(store.find(kBlock)) == 7);
}

TEST_CASE("dropping an RDD drops all of its blocks and no other one's, but not under a reader") {
  BlockStore store;
  for (std::uint32_t p = 0; p < 10; ++p) {
    store.put({RddId{1}, PartitionId{p}}, block(1));
    store.put({RddId{2}, PartitionId{p}}, block(2));
  }
  const auto read = store.find(kBlock);
  store.drop(RddId{1});
  store.drop(RddId{3});
  REQUIRE(store.size() == 10);
  REQUIRE(store.find(kBlock) == nullptr);
  REQUIRE(value_of(read) == 1);
  REQUIRE(value_of(store.find({RddId{2}, PartitionId{2}})) == 2);
}

TEST_CASE("a block is dropped by who knows it, unless another one has come in its place") {
  BlockStore store;
  const auto first = store.put(kBlock, block(1));
  store.drop(kBlock, block(1));
  REQUIRE(store.find(kBlock) == first);
  store.drop(kBlock, first);
  REQUIRE(store.find(kBlock) == nullptr);
  store.drop(kBlock, first);
  store.put(kBlock, block(2));
  store.drop(kBlock, first);
  REQUIRE(value_of(store.find(kBlock)) == 2);
}

TEST_CASE("a block's name says which partition of which op it is") {
  REQUIRE(block_name(kBlock, "persist at pi.cpp:12") == "block 2 of persist at pi.cpp:12 (Rdd 1)");
}

TEST_CASE("threads that put the same block all get the one that is kept") {
  BlockStore store;
  std::vector<BlockStore::Block> kept(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kept.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t p = 0; p < 100; ++p) {
        kept[t] = store.put({RddId{1}, PartitionId{p}}, block(static_cast<int>(t)));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& one : kept) REQUIRE(one == kept.front());
  REQUIRE(store.size() == 100);
}

TEST_CASE("a block takes the place of the one that it was made from, and of no other one") {
  BlockStore store;
  const auto old = store.put(kBlock, block(7));
  store.replace(kBlock, old, block(8));
  REQUIRE(value_of(store.find(kBlock)) == 8);
  store.replace(kBlock, old, block(9));
  REQUIRE(value_of(store.find(kBlock)) == 8);
  store.drop(kBlock.rdd);
  // What was dropped meanwhile must not come back.
  store.replace(kBlock, old, block(9));
  REQUIRE(store.size() == 0);
}

TEST_CASE("other executors get a block sealed, or a reason") {
  BlockStore store;
  store.put(kBlock, block(7));
  REQUIRE(open_block(store.sealed(kBlock)) == "7");
  REQUIRE_THROWS_WITH(store.sealed({RddId{5}, PartitionId{3}}),
                      "partition 3 of persisted RDD 5 is not on this executor");
}

}  // namespace kindred
