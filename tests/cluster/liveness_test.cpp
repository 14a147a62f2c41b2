#include "kindred/cluster/liveness.hpp"

#include <chrono>
#include <csignal>
#include <set>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;
using cluster::Liveness;
using std::chrono::milliseconds;

std::string executor_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(task.stores().self.value);
}

std::string hangs_once(PartitionId partition, TaskContext& task, ShuffleId) {
  if (first_executor(task)) ::kill(::getpid(), SIGSTOP);
  return "part " + std::to_string(partition.value);
}

std::string always_hangs(PartitionId, TaskContext&, ShuffleId) {
  ::kill(::getpid(), SIGSTOP);
  return {};
}

// A user's long function that never looks up.
std::string is_busy(PartitionId, TaskContext& task, ShuffleId) {
  const auto end = std::chrono::steady_clock::now() + milliseconds(1'200);
  std::uint64_t steps = 0;
  while (std::chrono::steady_clock::now() < end) ++steps;
  return steps > 0 ? std::to_string(task.stores().self.value) : std::string();
}

std::string writes(PartitionId partition, TaskContext&, ShuffleId) {
  return "map " + std::to_string(partition.value);
}

// The executor with the last map output hangs as soon as its reducer runs there, and the others
// need what it has.
std::string hangs_with_outputs(PartitionId partition, TaskContext& task, ShuffleId reads) {
  if (first_executor(task)) ::kill(::getpid(), SIGSTOP);
  return read_all(partition, task, reads);
}

std::set<std::string> executors_of(Driver& driver) {
  const auto stage = std::make_shared<TextStage<executor_of>>(RddId{9}, 8);
  const auto names = texts(driver.run(stage, all_partitions(8)));
  return {names.begin(), names.end()};
}

}  // namespace

TEST_CASE("a peer is hung after the time-out in silence, and each byte begins it anew") {
  Liveness liveness(milliseconds(10), milliseconds(25));
  CHECK_FALSE(liveness.hung(0));
  CHECK_FALSE(liveness.hung(0));
  CHECK_FALSE(liveness.hung(0));
  CHECK_FALSE(liveness.hung(1));
  CHECK_FALSE(liveness.hung(1));
  CHECK_FALSE(liveness.hung(1));
  CHECK(liveness.hung(1));
}

TEST_CASE("an executor that hangs is replaced, and its tasks run elsewhere [scenario-25]",
          "[scenario-25]") {
  Driver driver(processes(impatient(2)));
  const auto stage = std::make_shared<TextStage<hangs_once>>(RddId{1}, 8);
  const auto values = texts(driver.run(stage, all_partitions(8)));
  for (std::uint32_t i = 0; i < 8; ++i) CHECK(values[i] == "part " + std::to_string(i));
  // The one that comes in its place may not be ready yet.
  auto executors = executors_of(driver);
  while (!executors.contains("2")) executors = executors_of(driver);
  CHECK_FALSE(executors.contains("0"));
}

TEST_CASE("a task that hangs its executor each time fails its job and says so [scenario-25]",
          "[scenario-25]") {
  Driver driver(processes(impatient(2)));
  const auto stage = std::make_shared<TextStage<always_hangs>>(RddId{1}, 1);
  const auto text = failure_of(driver, stage, 1);
  CHECK_THAT(text, contains_text("sent no heartbeat for 500 ms"));
  CHECK_THAT(text, contains_text("failed 4 times"));
  CHECK_FALSE(executors_of(driver).empty());
}

TEST_CASE("executors whose threads are all busy for longer than the time-out are not lost") {
  Driver driver(processes(impatient(2, 4)));
  const auto stage = std::make_shared<TextStage<is_busy>>(RddId{1}, 8);
  for (const auto& executor : texts(driver.run(stage, all_partitions(8)))) {
    CHECK((executor == "0" || executor == "1"));
  }
  CHECK(executors_of(driver) == std::set<std::string>{"0", "1"});
}

TEST_CASE("reducers do not wait for an executor that hung with map outputs [scenario-25]",
          "[scenario-25]") {
  Driver driver(processes(impatient(3)));
  const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 6));
  const auto stage =
      std::make_shared<TextStage<hangs_with_outputs>>(RddId{2}, 6, std::vector{writer});
  const auto values = texts(driver.run(stage, all_partitions(6)));
  for (std::uint32_t reduce = 0; reduce < 6; ++reduce) {
    std::string expected;
    for (std::uint32_t map = 0; map < 6; ++map) {
      expected += "map " + std::to_string(map) + "->" + std::to_string(reduce) + " ";
    }
    CHECK(values[reduce] == expected);
  }
}
