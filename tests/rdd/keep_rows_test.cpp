// Blocks on disks that fail: a node is run by itself, with a disk of the test's.
#include "kindred/rdd/keep_rows.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tests/faulty_disk.hpp"
#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr std::int64_t kRows = 200'000;  // a few pieces
std::atomic<std::int64_t> computed;

std::string text(std::int64_t x) { return "row " + std::to_string(x * 7919); }

std::vector<std::string> expected() {
  std::vector<std::string> texts;
  for (std::int64_t x = 0; x < kRows; ++x) texts.push_back(text(x));
  return texts;
}

// Takes `most` rows.
class Taken final : public detail::RowSink<std::string> {
 public:
  explicit Taken(std::size_t most) : most_(most) {}
  bool rows(std::span<const std::string> rows) override {
    for (const auto& one : rows) {
      if (!row(one)) return false;
    }
    return true;
  }
  bool row(const std::string_view& row) override {
    all.emplace_back(row);
    return all.size() < most_;
  }

  std::vector<std::string> all;

 private:
  const std::size_t most_;
};

// One partition of texts that is kept at `level`, and an executor for it.
class Kept {
 public:
  Kept(StorageLevel level, std::shared_ptr<Disk> disk,
       std::uint64_t budget = MemoryManager::kUnlimited)
      : memory(std::make_shared<MemoryManager>(budget)),
        node_(detail::erase(context_of("local[1]")
                                .range(0, kRows, 1)
                                .map([](std::int64_t x) {
                                  ++computed;
                                  return text(x);
                                })
                                .persist(level))) {
    stores_.memory = memory;
    stores_.disk = std::move(disk);
    computed = 0;
  }

  std::vector<std::string> read(std::size_t most = ~std::size_t{0}) {
    const MapOutputsList none;
    TaskContext task(stores_, none, StageId{0}, PartitionId{0}, 0);
    Taken taken(most);
    node_->run(PartitionId{0}, task, taken);
    listed = task.take_cached().size();
    return std::move(taken.all);
  }
  std::size_t blocks() const { return stores_.blocks.size(); }
  void drop() { stores_.blocks.drop(node_->id()); }

  const MemoryRef memory;
  std::size_t listed = 0;  // blocks that the last read() said it kept

 private:
  std::shared_ptr<const detail::RowsNode<std::string>> node_;
  ExecutorStores stores_;
};

}  // namespace

TEST_CASE(
    "a disk that refuses a block costs no row, no memory and no second computation "
    "[scenario-24]",
    "[scenario-24]") {
  // Half of the budget is full when some of the rows are there.
  for (const auto level : {StorageLevel::disk(), StorageLevel::memory_and_disk()}) {
    const auto model = expected();
    for (std::size_t call = 0;; ++call) {
      INFO("call " << call << (level.in_memory ? " of memory_and_disk" : " of disk"));
      const auto disk = std::make_shared<FaultyDisk>(call);
      Kept kept(level, disk, 10 << 20);
      const bool same = kept.read() == model;  // not printed
      CHECK(same);
      CHECK(computed == kRows);
      CHECK(kept.blocks() == (disk->refused() ? 0 : 1));
      CHECK(kept.listed == kept.blocks());
      CHECK(disk->open() == kept.blocks());
      kept.drop();
      CHECK(disk->open() == 0);
      CHECK(kept.memory->used() == 0);
      if (!disk->refused()) {
        CHECK(call > 3);
        break;
      }
    }
  }
}

TEST_CASE("a reader that has enough of rows that no disk takes stops what computes them") {
  Kept kept(StorageLevel::disk(), std::make_shared<FaultyDisk>(0));
  CHECK(kept.read(3) == std::vector<std::string>{text(0), text(1), text(2)});
  CHECK(computed == 3);
  Kept later(StorageLevel::disk(), std::make_shared<FaultyDisk>(2));
  CHECK(later.read(3) == std::vector<std::string>{text(0), text(1), text(2)});
  CHECK(computed < kRows);
}

TEST_CASE("a partition larger than the budget is kept on disk, and read a piece at a time") {
  constexpr std::uint64_t kBudget = 6 << 20;
  const auto model = expected();
  for (const auto level : {StorageLevel::disk(), StorageLevel::memory_and_disk()}) {
    const auto disk = std::make_shared<FaultyDisk>();
    Kept kept(level, disk, kBudget);
    const bool first = kept.read() == model;
    CHECK(first);
    const bool again = kept.read() == model;
    CHECK(again);
    CHECK(computed == kRows);
    CHECK(disk->open() == 1);
    CHECK(kept.memory->peak() <= kBudget);
    CHECK(kept.memory->used() < 4096);
  }
  CHECK_THROWS_AS(Kept(StorageLevel::memory(), local_disk(), kBudget).read(), OutOfMemoryError);
}

TEST_CASE("memory_and_disk leaves the disk alone as long as half of the budget is free") {
  const auto disk = std::make_shared<FaultyDisk>(0);
  Kept kept(StorageLevel::memory_and_disk(), disk, 100 << 20);
  CHECK(kept.read().size() == kRows);
  CHECK(kept.read(1).size() == 1);
  CHECK(computed == kRows);
  CHECK(!disk->refused());
  CHECK(kept.memory->used() > (kRows * sizeof(std::string)));
}

TEST_CASE(
    "a block that is damaged anywhere is computed again before any of its rows is seen "
    "[scenario-20]",
    "[scenario-20]") {
  const auto model = expected();
  const auto disk = std::make_shared<FaultyDisk>();
  Kept kept(StorageLevel::disk(), disk);
  CHECK(kept.read().size() == kRows);
  for (int piece = 0; piece < 3; ++piece) {
    computed = 0;
    int reads = 0;
    disk->alter = [&](std::span<char> bytes) {
      if (reads++ == piece) bytes.back() = static_cast<char>(~bytes.back());
    };
    const bool same = kept.read() == model;
    CHECK(same);
    CHECK(computed == kRows);
    CHECK(kept.blocks() == 1);
    CHECK(disk->open() == 1);
    computed = 0;
    CHECK(kept.read(1).size() == 1);
    CHECK(computed == 0);
  }
}

TEST_CASE("a disk that loses at once what it was given is done without") {
  const auto model = expected();
  const auto disk = std::make_shared<FaultyDisk>();
  disk->alter = [](std::span<char> bytes) { bytes.front() = static_cast<char>(~bytes.front()); };
  Kept kept(StorageLevel::disk(), disk);
  const bool same = kept.read() == model;
  CHECK(same);
  CHECK(computed == 2 * kRows);
  CHECK(kept.blocks() == 0);
  CHECK(disk->open() == 0);
}

TEST_CASE("a block that is damaged while it is read fails its task, with DISK and the block") {
  const auto disk = std::make_shared<FaultyDisk>();
  Kept kept(StorageLevel::disk(), disk);
  CHECK(kept.read().size() == kRows);
  int reads = 0;
  int pieces = 0;
  disk->alter = [&](std::span<char>) { ++pieces; };
  CHECK(kept.read().size() == kRows);
  pieces /= 2;  // each is checked, then read
  disk->alter = [&](std::span<char> bytes) {
    if (++reads > pieces + 1) bytes.front() = static_cast<char>(~bytes.front());
  };
  CHECK_THROWS_WITH(kept.read(), contains_text("block 0 of persist at keep_rows_test.cpp:") &&
                                     contains_text("damaged from DISK, piece 2"));
  reads = -10 * pieces;
  computed = 0;
  CHECK(kept.read().size() == kRows);
  CHECK(computed == 0);
}
