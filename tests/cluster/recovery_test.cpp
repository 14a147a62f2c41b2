#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;
using cluster::Processes;
using cluster::ProcessesOptions;

std::unique_ptr<Processes> processes(std::uint32_t executors) {
  ProcessesOptions options;
  options.executors = executors;
  return std::make_unique<Processes>(options);
}

bool first_executor(TaskContext& task) { return task.stores().self == ExecutorId{0}; }

std::string name_of(PartitionId partition, TaskContext&, ShuffleId) {
  return "part " + std::to_string(partition.value);
}

// One executor exits in the middle of a stage.
std::string exits_once(PartitionId partition, TaskContext& task, ShuffleId) {
  if (first_executor(task)) std::_Exit(42);
  return "part " + std::to_string(partition.value);
}

// One executor is killed while it reads, and its map outputs go with it.
std::string is_killed_while_reading(PartitionId partition, TaskContext& task, ShuffleId reads) {
  auto text = read_all(partition, task, reads);
  if (first_executor(task)) ::kill(::getpid(), SIGKILL);
  return text;
}

std::string always_exits(PartitionId, TaskContext&, ShuffleId) { std::_Exit(42); }

std::string is_always_killed(PartitionId, TaskContext&, ShuffleId) {
  ::kill(::getpid(), SIGKILL);
  return {};
}

std::string crashes(PartitionId, TaskContext&, ShuffleId) {
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer has its own handler
  ::raise(SIGSEGV);
  return {};
}

template <TaskBody body>
std::string message_of_failure() {
  Driver driver(processes(2));
  try {
    driver.run(std::make_shared<TextStage<body>>(RddId{1}, 1), all_partitions(1));
  } catch (const JobError& error) {
    // The executors that came in their place do work.
    const auto stage = std::make_shared<TextStage<name_of>>(RddId{2}, 4);
    CHECK(driver.run(stage, all_partitions(4)).size() == 4);
    return error.what();
  }
  return "no failure";
}

}  // namespace

TEST_CASE("an executor that exits in the middle of a stage does not change the answer") {
  Driver driver(processes(2));
  const auto stage = std::make_shared<TextStage<exits_once>>(RddId{1}, 8);
  const auto values = texts(driver.run(stage, all_partitions(8)));
  for (std::uint32_t i = 0; i < 8; ++i) CHECK(values[i] == "part " + std::to_string(i));
}

TEST_CASE(
    "an executor that is killed while others need its map outputs does not change the answer") {
  Driver driver(processes(2));
  const NodeRef writer(std::make_shared<TextWriter<name_of>>(RddId{1}, 4));
  const auto stage =
      std::make_shared<TextStage<is_killed_while_reading>>(RddId{2}, 4, std::vector{writer});
  const auto values = texts(driver.run(stage, all_partitions(4)));
  for (std::uint32_t reduce = 0; reduce < 4; ++reduce) {
    const auto to = "->" + std::to_string(reduce) + " ";
    CHECK(values[reduce] == "part 0" + to + "part 1" + to + "part 2" + to + "part 3" + to);
  }
}

TEST_CASE("a task that ends every executor fails its job with the status, and others run") {
  CHECK_THAT(message_of_failure<always_exits>(), contains_text("exited with status 42"));
}

TEST_CASE("a task whose executor is killed every time fails its job with the signal") {
  CHECK_THAT(message_of_failure<is_always_killed>(), contains_text("ended by signal 9 (Killed)"));
}

TEST_CASE("a task that crashes every time fails its job with the signal") {
  CHECK_THAT(message_of_failure<crashes>(), contains_text("ended by signal 11"));
}
