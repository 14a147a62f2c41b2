#include "kindred/engine/disk_map_output.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/shuffle_rows.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/engine/other_store.hpp"
#include "tests/faulty_disk.hpp"

namespace kindred {
namespace {

using Row = std::pair<std::string, int>;

using test::kHere;
using test::kShuffle;
using test::kThere;
using test::OtherStore;

constexpr const char* kName = "map output 1 of reduce_by_key at pi.cpp:12";

// No rows in bucket 0, a few in 1, several pieces in 2.
std::shared_ptr<Buckets<Row>> output_of(const MemoryRef& memory) {
  auto output = std::make_shared<Buckets<Row>>(3, memory);
  for (int i = 0; i < 5; ++i) (*output)[1].push({"few", i});
  for (int i = 0; i < 100'000; ++i) (*output)[2].push({"many " + std::to_string(i * 7919), i});
  return output;
}

// Map output 0 is here and 1 is there, each on its disk.
struct Cluster {
  test::FaultyDisk disk_here;
  test::FaultyDisk disk_there;
  std::shared_ptr<OtherStore> other = std::make_shared<OtherStore>();
  ExecutorStores stores;
  MapOutputsList inputs{{kShuffle, {kHere, kThere}}};

  Cluster() {
    stores.self = kHere;
    stores.memory = std::make_shared<MemoryManager>();
    stores.remote = other;
    const auto typed = output_of(stores.memory);
    stores.shuffles.put(
        kShuffle, PartitionId{0},
        std::make_shared<DiskMapOutput>(*typed, disk_here, stores.memory, "map output 0"));
    other->store.put(
        kShuffle, PartitionId{1},
        std::make_shared<DiskMapOutput>(*typed, disk_there, stores.memory, "map output 1"));
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
  FetchFailed failure(std::uint32_t reduce) {
    try {
      read(reduce);
    } catch (const detail::FetchFailure& failed) {
      return failed.outcome;
    }
    FAIL("nothing was thrown");
    return {};
  }
};

void alter_last_byte(std::span<char> bytes) { bytes.back() = static_cast<char>(~bytes.back()); }

}  // namespace

TEST_CASE("a map output on disk gives the bytes that it gave in memory, and takes next to none") {
  const auto memory = std::make_shared<MemoryManager>();
  test::FaultyDisk disk;
  auto typed = output_of(memory);
  const DiskMapOutput output(*typed, disk, memory, kName);
  REQUIRE(output.bucket_bytes().size() == 3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    const PartitionId reduce{i};
    const bool same = output.encode(reduce) == typed->encode(reduce);  // not printed
    CHECK(same);
    CHECK((output.bucket_bytes()[i] == 0) == (i == 0));
  }
  const auto [begin, end] = output.pieces(PartitionId{2});
  CHECK(end - begin > 1);
  CHECK_THROWS_AS(output.encode(PartitionId{3}), DecodeError);
  typed.reset();
  CHECK(memory->used() < 1000);
}

TEST_CASE("buckets on disk are read in map order, from here and from another executor") {
  Cluster cluster;
  CHECK(cluster.read(0).empty());
  const auto few = cluster.read(1);
  REQUIRE(few.size() == 10);
  CHECK(few[4] == Row("few", 4));
  CHECK(few[5] == Row("few", 0));
  const auto before = cluster.stores.memory->used();
  const auto many = cluster.read(2);
  REQUIRE(many.size() == 200'000);
  CHECK(many[99'999].second == 99'999);
  CHECK(many[100'000].second == 0);
  CHECK(cluster.stores.memory->used() == before);
}

TEST_CASE("bytes that changed on a disk are a failed fetch that says DISK [scenario-18]",
          "[scenario-18]") {
  for (const std::uint32_t reduce : {1U, 2U}) {
    Cluster here;
    here.disk_here.alter = alter_last_byte;
    const auto local = here.failure(reduce);
    CHECK(local.from == kHere);
    CHECK(local.map_partition == PartitionId{0});
    CHECK_THAT(local.message, test::contains_text("map output 0 came back damaged from DISK"));
    Cluster there;
    there.disk_there.alter = alter_last_byte;
    const auto remote = there.failure(reduce);
    CHECK(remote.from == kThere);
    CHECK(remote.map_partition == PartitionId{1});
    CHECK_THAT(remote.message, test::contains_text("map output 1 came back damaged from DISK"));
  }
}

TEST_CASE("a map output that the disk refuses stays in memory, and leaves no file [scenario-24]",
          "[scenario-24]") {
  for (std::size_t call = 0;; ++call) {
    INFO("call " << call);
    const auto disk = std::make_shared<test::FaultyDisk>(call);
    ExecutorStores stores;
    stores.memory = std::make_shared<MemoryManager>();
    stores.disk = disk;
    stores.shuffle_storage = ShuffleStorage::disk;
    auto typed = output_of(stores.memory);
    const auto used = stores.memory->used();
    detail::WarnOnce warned;
    const auto kept = detail::stored(stores, typed, kName, warned);
    if (!disk->refused()) {
      CHECK(kept->on_disk() != nullptr);
      CHECK(call > 3);
      break;
    }
    CHECK(kept == typed);
    CHECK(stores.memory->used() == used);
    CHECK(disk->open() == 0);
  }
}

TEST_CASE("map outputs that come while more than half of the memory is in use go to disk") {
  ExecutorStores stores;
  stores.disk = std::make_shared<test::FaultyDisk>();
  stores.memory = std::make_shared<MemoryManager>(100 << 20);
  detail::WarnOnce warned;
  const MapOutputRef typed = output_of(stores.memory);
  CHECK(detail::stored(stores, typed, kName, warned) == typed);
  Reservation others(stores.memory);
  others.add(50 << 20);
  CHECK(detail::stored(stores, typed, kName, warned)->on_disk() != nullptr);
}

}  // namespace kindred
