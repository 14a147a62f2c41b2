#include "kindred/engine/shuffle_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/engine/other_store.hpp"

namespace kindred {
namespace {

using Row = std::pair<std::string, int>;

using test::joined;
using test::kHere;
using test::kShuffle;
using test::kThere;
using test::OtherStore;

std::shared_ptr<Buckets<Row>> output_of(const MemoryRef& memory, int map) {
  auto output = std::make_shared<Buckets<Row>>(2, memory);
  for (int i = 0; i < 3; ++i) (*output)[1].push({"map " + std::to_string(map), i});
  return output;
}

// Map outputs 0 and 2 are here, 1 is there.
struct Cluster {
  std::shared_ptr<OtherStore> other = std::make_shared<OtherStore>();
  ExecutorStores stores;
  MapOutputsList inputs{{kShuffle, {kHere, kThere, kHere}}};

  Cluster() {
    stores.self = kHere;
    stores.memory = std::make_shared<MemoryManager>();
    stores.remote = other;
    for (const std::uint32_t map : {0U, 2U}) {
      stores.shuffles.put(kShuffle, PartitionId{map},
                          output_of(stores.memory, static_cast<int>(map)));
    }
    other->store.put(kShuffle, PartitionId{1}, output_of(stores.memory, 1));
  }
  std::vector<Row> read(std::uint32_t reduce) {
    TaskContext task(stores, inputs, StageId{1}, PartitionId{reduce}, 0);
    std::vector<Row> rows;
    for_each_bucket<Row>(task, kShuffle, PartitionId{reduce}, [&](std::span<const Row> some) {
      rows.insert(rows.end(), some.begin(), some.end());
      return true;
    });
    return rows;
  }
  FetchFailed failure() {
    try {
      read(1);
    } catch (const detail::FetchFailure& failed) {
      return failed.outcome;
    }
    FAIL("nothing was thrown");
    return {};
  }
};

}  // namespace

TEST_CASE("a bucket is read in map order, from this executor and from another one") {
  Cluster cluster;
  REQUIRE(cluster.read(0).empty());
  const auto rows = cluster.read(1);
  REQUIRE(rows.size() == 9);
  REQUIRE(rows[0] == Row("map 0", 0));
  REQUIRE(rows[3] == Row("map 1", 0));
  REQUIRE(rows[8] == Row("map 2", 2));
  REQUIRE(cluster.read(1) == rows);
}

TEST_CASE("reading gives back the memory that it took") {
  Cluster cluster;
  const auto before = cluster.stores.memory->used();
  cluster.read(1);
  REQUIRE(cluster.stores.memory->used() == before);
}

TEST_CASE("a map output that is no longer here is a failed fetch from this executor") {
  Cluster cluster;
  cluster.stores.shuffles.drop(kShuffle);
  const auto failed = cluster.failure();
  REQUIRE(failed.shuffle == kShuffle);
  REQUIRE(failed.map_partition == PartitionId{0});
  REQUIRE(failed.from == kHere);
}

TEST_CASE("a map output that another executor does not have is a failed fetch from it") {
  Cluster cluster;
  cluster.other->store.drop(kShuffle);
  const auto failed = cluster.failure();
  REQUIRE(failed.map_partition == PartitionId{1});
  REQUIRE(failed.from == kThere);
  REQUIRE_THAT(failed.message, test::contains_text("map output 1 of shuffle 5"));
}

TEST_CASE("bytes that are no rows are a failed fetch that says so [scenario-18]", "[scenario-18]") {
  Cluster cluster;
  cluster.other->cut = 1;
  REQUIRE_THAT(cluster.failure().message, test::contains_text("executor 2: ") &&
                                              test::contains_text("damaged where they are kept: "));
}

TEST_CASE("a block from nowhere is a failed fetch") {
  Cluster cluster;
  cluster.stores.remote = nullptr;
  REQUIRE(cluster.failure().from == kThere);
}

TEST_CASE("a reader that has enough fetches no further bucket") {
  Cluster cluster;
  TaskContext task(cluster.stores, cluster.inputs, StageId{1}, PartitionId{1}, 0);
  int read = 0;
  REQUIRE(!for_each_bucket<Row>(task, kShuffle, PartitionId{1},
                                [&](const auto&) { return ++read < 2; }));
  REQUIRE(read == 2);
}

TEST_CASE("a task that is asked to end stops before the next bucket") {
  Cluster cluster;
  TaskContext task(cluster.stores, cluster.inputs, StageId{1}, PartitionId{1}, 0);
  int read = 0;
  const auto run = [&] {
    for_each_bucket<Row>(task, kShuffle, PartitionId{1}, [&](const auto&) {
      ++read;
      task.request_stop();
      return true;
    });
  };
  REQUIRE_THROWS_AS(run(), detail::TaskKilled);
  REQUIRE(read == 1);
}

TEST_CASE("a store keeps the last output of a map partition and drops a shuffle as a whole") {
  const auto memory = std::make_shared<MemoryManager>();
  ShuffleStore store;
  store.put(kShuffle, PartitionId{0}, output_of(memory, 1));
  const auto last = output_of(memory, 2);
  store.put(kShuffle, PartitionId{0}, last);
  REQUIRE(store.find(kShuffle, PartitionId{0}) == last);
  REQUIRE(store.find(kShuffle, PartitionId{1}) == nullptr);
  REQUIRE(store.find(ShuffleId{6}, PartitionId{0}) == nullptr);
  REQUIRE(store.size() == 1);
  const auto outputs = store.outputs(kShuffle);
  REQUIRE(*outputs == ShuffleOutputs{last});
  REQUIRE(store.outputs(kShuffle) == outputs);
  store.put(kShuffle, PartitionId{2}, last);
  REQUIRE(*store.outputs(kShuffle) == ShuffleOutputs{last, nullptr, last});
  REQUIRE(*outputs == ShuffleOutputs{last});
  REQUIRE(store.outputs(ShuffleId{6})->empty());
  store.drop(ShuffleId{6});
  store.drop(kShuffle);
  REQUIRE(store.size() == 0);
  REQUIRE(store.find(kShuffle, PartitionId{0}) == nullptr);
}

TEST_CASE("a bucket's size is that of its rows, and one that is not there is refused") {
  const auto memory = std::make_shared<MemoryManager>();
  ShuffleStore store;
  const auto output = output_of(memory, 1);
  REQUIRE(output->bucket_bytes() == std::vector<std::uint64_t>{0, 3 * sizeof(Row)});
  store.put(kShuffle, PartitionId{0}, output);
  REQUIRE_THROWS_AS(store.bucket(kShuffle, PartitionId{0}, PartitionId{2}), DecodeError);
  REQUIRE_THROWS_AS(store.bucket(kShuffle, PartitionId{1}, PartitionId{0}), DecodeError);
  REQUIRE(joined(store.bucket(kShuffle, PartitionId{0}, PartitionId{1})) ==
          output->encode(PartitionId{1}));
}

TEST_CASE("plain rows stay where they are, and are the same bytes as when they are written") {
  const auto memory = std::make_shared<MemoryManager>();
  ShuffleStore store;
  auto output = std::make_shared<Buckets<std::pair<int, int>>>(1, memory);
  for (int i = 0; i < 1000; ++i) (*output)[0].push({i, -i});
  const auto before = memory->used();
  store.put(kShuffle, PartitionId{0}, output);
  auto block = store.bucket(kShuffle, PartitionId{0}, PartitionId{0});
  CHECK(memory->used() == before);
  CHECK(joined(block) == output->encode(PartitionId{0}));
  store.drop(kShuffle);
  output.reset();
  CHECK(memory->used() == before);  // the block keeps its rows
  CHECK(joined(block).size() == 8 + 1000 * sizeof(std::pair<int, int>));
  block = {};
  CHECK(memory->used() == 0);
}

TEST_CASE("plain rows are used where they arrived, whatever their size, and others are decoded") {
  const auto memory = std::make_shared<MemoryManager>();
  const auto arrived = [&](const auto& rows) {
    std::string bytes;
    OutputArchive archive(bytes);
    write_rows(archive, rows);
    auto block = std::make_shared<BlockBuffer>(bytes.size(), memory);
    std::copy(bytes.begin(), bytes.end(), block->bytes().begin());
    return block;
  };
  struct alignas(32) Wide {
    std::int64_t words[4];
  };
  const auto check_rows = [&](auto row) {
    using Row = decltype(row);
    Rows<Row> rows(memory);
    for (std::int64_t i = 0; i < 40'000; ++i) {
      row.words[0] = i;
      rows.push(row);
    }
    const auto buffer = arrived(rows);
    const auto block = whole_block(buffer);
    ArrivedRows<Row> found(*block, memory);
    std::int64_t next = 0;
    const auto* at = buffer->bytes().data() + 8;
    for (auto some = found.next(); !some.empty(); some = found.next()) {
      REQUIRE(reinterpret_cast<const char*>(some.data()) == at);
      REQUIRE(reinterpret_cast<std::uintptr_t>(some.data()) % alignof(Row) == 0);
      at += some.size_bytes();
      for (const auto& one : some) {
        if (one.words[0] != next++) FAIL("another row than " << next - 1);
      }
    }
    CHECK(next == 40'000);
  };
  struct Odd {
    std::int64_t words[5];
  };
  check_rows(Wide{});
  check_rows(Odd{});

  Rows<bool> bits(memory);
  bits.push(true);
  const auto wrong = arrived(bits);
  wrong->bytes().back() = 2;
  const auto block = whole_block(wrong);
  CHECK_THROWS_AS(ArrivedRows<bool>(*block, memory).next(), DecodeError);
}

TEST_CASE("a stage that reads a shuffle whose outputs were not sent along is refused") {
  Cluster cluster;
  cluster.inputs.clear();
  REQUIRE_THROWS_AS(cluster.read(1), DecodeError);
}

}  // namespace kindred
