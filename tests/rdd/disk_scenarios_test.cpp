// What becomes of blocks on the disk of local threads.
#include <atomic>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/full_disk.hpp"
#include "tests/open_files.hpp"
#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr std::int64_t kRows = 100'000;
std::atomic<std::int64_t> computed;

Config on_disk(const BlockFolder& folder) {
  Config config;
  config.master = "local[2]";
  config.local_dir = folder.path();
  return config;
}

auto texts(const Context& context) {
  return context.range(0, kRows, 4).map([](std::int64_t x) {
    ++computed;
    return "row " + std::to_string(x);
  });
}

}  // namespace

TEST_CASE("blocks on disk are open files without a name, closed when they are dropped") {
  const BlockFolder folder;
  Context context(on_disk(folder));
  computed = 0;
  {
    const auto kept = texts(context).persist(StorageLevel::disk());
    CHECK(kept.count() == kRows);
    CHECK(kept.count() == kRows);
    CHECK(computed == kRows);
    CHECK(folder.open_here().size() == 4);
    CHECK(folder.empty());
    CHECK(context.memory().used() < 10'000);
    kept.unpersist();
    CHECK(context.range(0, 1).count() == 1);
    CHECK(folder.open_here().empty());
    CHECK(kept.count() == kRows);
    CHECK(folder.open_here().size() == 4);
  }
  CHECK(context.range(0, 1).count() == 1);
  CHECK(folder.open_here().empty());
}

TEST_CASE("all blocks of a cache on disk may be lost between two jobs [scenario-20]",
          "[scenario-20]") {
  for (const auto damage : {truncate_to_nothing, flip_bit}) {
    const BlockFolder folder;
    Context context(on_disk(folder));
    const auto kept = texts(context).persist(StorageLevel::disk());
    computed = 0;
    CHECK(kept.count() == kRows);
    const auto before = kept.collect();
    CHECK(computed == kRows);
    for (const auto& file : folder.open_here()) damage(file);
    const bool same = kept.collect() == before;
    CHECK(same);
    CHECK(computed == 2 * kRows);
    CHECK(kept.count() == kRows);
    CHECK(computed == 2 * kRows);
    // One of four.
    damage(folder.open_here().at(1));
    CHECK(kept.count() == kRows);
    CHECK(computed == 2 * kRows + kRows / 4);
    CHECK(folder.open_here().size() == 4);
  }
}

TEST_CASE("a job goes on without the cache for which the disk has no room [scenario-24]",
          "[scenario-24]") {
  const BlockFolder folder;
  Context context(on_disk(folder));
  CHECK(context.range(0, 1).count() == 1);
  const auto before = context.memory().used();
  const auto kept = texts(context).persist(StorageLevel::disk());
  computed = 0;
  {
    const FullDisk full(4096);
    CHECK(kept.filter([](const std::string& row) { return row.size() > 5; }).count() == kRows - 10);
    CHECK(computed == kRows);
    CHECK(folder.open_here().empty());
    CHECK(folder.empty());
    CHECK(context.memory().used() == before);
    CHECK(kept.count() == kRows);
    CHECK(computed == 2 * kRows);
  }
  CHECK(kept.count() == kRows);
  CHECK(computed == 3 * kRows);
  CHECK(kept.count() == kRows);
  CHECK(computed == 3 * kRows);
}

TEST_CASE(
    "lost map outputs on disk are computed again, and the answer is right "
    "[scenario-17] [scenario-18]",
    "[scenario-17][scenario-18]") {
  for (const auto damage : {truncate_to_nothing, flip_bit}) {
    const BlockFolder folder;
    auto config = on_disk(folder);
    config.set("kindred.shuffle.storage", "disk");
    Context context(config);
    const auto sums = context.range(0, 100'000, 4)
                          .map([](std::int64_t x) {
                            ++computed;
                            return std::pair(x % 1000, x);
                          })
                          .reduce_by_key(std::plus<>{}, 3);
    computed = 0;
    const auto before = sums.collect();
    CHECK(before.size() == 1000);
    CHECK(folder.open_here().size() == 4);
    CHECK(folder.empty());
    CHECK(sums.collect() == before);
    CHECK(computed == 100'000);
    // One of four map tasks, then all of them.
    damage(folder.open_here().at(2));
    CHECK(sums.collect() == before);
    CHECK(computed == 125'000);
    CHECK_THAT(context.recovery_report().losses.at(0).reason,
               contains_text("of reduce_by_key at disk_scenarios_test.cpp:") &&
                   contains_text("came back damaged from DISK"));
    for (const auto& file : folder.open_here()) damage(file);
    CHECK(sums.collect() == before);
    CHECK(computed == 225'000);
  }
}

TEST_CASE("map outputs that the memory has no room for go to disk, and the job is done") {
  const BlockFolder folder;
  auto config = on_disk(folder);
  config.memory = 8 << 20;
  Context context(config);
  // 16 MB of rows; a map task has 1 MB of them, a reduce task 2.
  const auto count = context.range(0, 1'000'000, 16)
                         .map([](std::int64_t x) { return std::pair(x, x); })
                         .partition_by(8)
                         .filter([](std::int64_t key, std::int64_t) { return key % 2 == 0; })
                         .count();
  CHECK(count == 500'000);
  CHECK(context.memory().peak() <= 8 << 20);
}

TEST_CASE("a folder for blocks that cannot be used is refused by its name") {
  Config config;
  config.set("kindred.local_dir", "/no/such/folder");
  CHECK_THROWS_WITH(Context(config), contains_text("kindred.local_dir: ") &&
                                         contains_text("/no/such/folder: No such file"));
  CHECK_THROWS_WITH(config.set("kindred.shuffle.storage", "tape"),
                    contains_text("kindred.shuffle.storage: 'tape' is neither memory nor disk"));
}
