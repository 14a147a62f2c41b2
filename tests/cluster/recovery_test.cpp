#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <poll.h>
#include <sstream>
#include <sys/syscall.h>
#include <sys/wait.h>
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

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

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

// The driver of the case below, in a process of its own.
TEST_CASE("a driver that is killed (does nothing when it is run by itself)", "[.]") {
  if (std::getenv("KINDRED_TEST_ORPHANS") == nullptr) return;
  ::unsetenv("KINDRED_TEST_ORPHANS");
  Driver driver(processes(2));
  const auto stage = std::make_shared<TextStage<process_of>>(RddId{1}, 8);
  for (const auto& pid : texts(driver.run(stage, all_partitions(8)))) {
    std::printf("pid %s\n", pid.c_str());
  }
  std::fflush(stdout);
  ::kill(::getpid(), SIGKILL);
}

TEST_CASE("executors end when their driver is killed") {
  std::array<char, 4096> path{};
  REQUIRE(::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0);
  const auto command = "KINDRED_TEST_ORPHANS=1 '" + std::string(path.data()) +
                       "' 'a driver that is killed*' 2>/dev/null";
  FILE* output = ::popen(command.c_str(), "r");
  REQUIRE(output != nullptr);
  std::vector<int> pids;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), output) != nullptr) {
    int pid = 0;
    if (std::sscanf(line.data(), "pid %d", &pid) == 1) pids.push_back(pid);
  }
  ::pclose(output);
  CHECK(pids.size() == 8);
  for (const int pid : pids) {
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (descriptor < 0) {
      CHECK(errno == ESRCH);
      continue;
    }
    pollfd ended{descriptor, POLLIN, 0};
    CHECK(::poll(&ended, 1, 30'000) == 1);
    ::close(descriptor);
  }
}
