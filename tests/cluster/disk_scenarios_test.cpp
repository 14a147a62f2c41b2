// Scenarios of the failure suite about blocks on disk, over real processes.
#include <csignal>
#include <cstdint>
#include <string>
#include <unistd.h>
#include <vector>

#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/scene.hpp"
#include "tests/full_disk.hpp"
#include "tests/open_files.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr std::int64_t kRows = 8000;
constexpr std::int64_t kPerPartition = 1000;

Config on_disk(const BlockFolder& folder) {
  Config config;
  config.master = "local-cluster[2,1,512]";
  config.local_dir = folder.path();
  return config;
}

/// Tells of each of its partitions once whenever it is computed.
auto texts(const Context& context) {
  return context.range(0, kRows, kRows / kPerPartition).map([](std::int64_t x) {
    if (x % kPerPartition == 0) tell("computed");
    return "row " + std::to_string(x);
  });
}

std::vector<std::string> open_files(const Context& context, const BlockFolder& folder) {
  std::vector<std::string> files;
  for (const auto& executor : context.executors()) {
    for (const auto& file : folder.open_in(executor.pid)) files.push_back(file);
  }
  return files;
}

}  // namespace

TEST_CASE("executors compute lost blocks of a cache on disk again, and only those [scenario-20]",
          "[scenario-20]") {
  for (const auto damage : {truncate_to_nothing, flip_bit}) {
    Scene scene;
    const BlockFolder folder;
    Context context(on_disk(folder));
    const auto kept = texts(context).persist(StorageLevel::disk());
    CHECK(kept.count() == kRows);
    CHECK(scene.all().size() == 8);
    CHECK(kept.count() == kRows);
    CHECK(scene.all().empty());
    const auto files = open_files(context, folder);
    REQUIRE(files.size() == 8);
    for (const auto& file : files) damage(file);
    CHECK(kept.count() == kRows);
    CHECK(scene.all().size() == 8);
    damage(open_files(context, folder).at(3));
    CHECK(kept.count() == kRows);
    CHECK(scene.all().size() == 1);
    kept.unpersist();
    CHECK(context.range(0, 8, 8).count() == 8);
    CHECK(open_files(context, folder).empty());
  }
}

TEST_CASE("lost blocks of a cache behind a shuffle are computed from its map outputs [scenario-20]",
          "[scenario-20]") {
  Scene scene;
  const BlockFolder folder;
  Context context(on_disk(folder));
  const auto kept = texts(context)
                        .map([](const std::string& row) { return std::pair(row.size(), 1); })
                        .reduce_by_key(std::plus<>{}, 4)
                        .persist(StorageLevel::disk());
  const auto before = kept.collect();
  CHECK(scene.all().size() == 8);
  for (const auto& file : open_files(context, folder)) truncate_to_nothing(file);
  CHECK(kept.collect() == before);
  CHECK(scene.all().empty());
}

TEST_CASE("executors go on without a cache for which their disk has no room [scenario-24]",
          "[scenario-24]") {
  Scene scene;
  const BlockFolder folder;
  const FullDisk full(1024);
  Context context(on_disk(folder));
  const auto kept = texts(context).persist(StorageLevel::disk());
  CHECK(kept.count() == kRows);
  CHECK(kept.count() == kRows);
  CHECK(scene.all().size() == 16);
  CHECK(open_files(context, folder).empty());
  CHECK(folder.empty());
}

TEST_CASE(
    "executors compute lost map outputs on disk again, and the answer is right "
    "[scenario-17] [scenario-18]",
    "[scenario-17][scenario-18]") {
  for (const auto damage : {truncate_to_nothing, flip_bit}) {
    Scene scene;
    const BlockFolder folder;
    auto config = on_disk(folder);
    config.set("kindred.shuffle.storage", "disk");
    Context context(config);
    const auto counts = texts(context)
                            .map([](const std::string& row) { return std::pair(row, 1); })
                            .reduce_by_key(std::plus<>{}, 3);
    const auto before = counts.collect();
    CHECK(before.size() == kRows);
    CHECK(scene.all().size() == 8);
    CHECK(open_files(context, folder).size() == 8);
    CHECK(folder.empty());
    CHECK(counts.collect() == before);
    CHECK(scene.all().empty());
    damage(open_files(context, folder).at(5));
    CHECK(counts.collect() == before);
    CHECK(scene.all().size() == 1);
    CHECK_THAT(context.recovery_report().losses.at(0).reason,
               contains_text("of reduce_by_key at disk_scenarios_test.cpp:") &&
                   contains_text("came back damaged from DISK"));
    for (const auto& file : open_files(context, folder)) damage(file);
    CHECK(counts.collect() == before);
    CHECK(scene.all().size() == 8);
  }
}

TEST_CASE("an executor that is killed leaves no file behind") {
  Scene scene;
  const BlockFolder folder;
  Context context(on_disk(folder));
  const auto kept = texts(context).persist(StorageLevel::disk());
  CHECK(kept.count() == kRows);
  CHECK(scene.all().size() == 8);
  const auto killed = context.executors().front().pid;
  const auto lost = folder.open_in(killed).size();
  CHECK(lost > 0);
  ::kill(static_cast<pid_t>(killed), SIGKILL);
  CHECK(kept.count() == kRows);
  CHECK(scene.all().size() == lost);
  CHECK(folder.empty());
  for (const auto& executor : context.executors()) {
    ::kill(static_cast<pid_t>(executor.pid), SIGKILL);
  }
  CHECK(kept.count() == kRows);
  CHECK(folder.empty());
}
