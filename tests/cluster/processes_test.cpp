#include "kindred/cluster/processes.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <future>
#include <set>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "kindred/cluster/driver.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;
using cluster::Processes;
using cluster::ProcessesOptions;

std::unique_ptr<Processes> processes(std::uint32_t executors, std::uint32_t cores = 1) {
  ProcessesOptions options;
  options.executors = executors;
  options.cores = cores;
  return std::make_unique<Processes>(options);
}

bool no_child_is_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

// Set by a test case, and so by main: an executor never gets there.
bool main_ran = false;

std::string process_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(::getpid()) + (main_ran ? " main" : " no main") + " executor " +
         std::to_string(task.stores().self.value);
}

std::string environment_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::string(std::getenv("KINDRED_EXECUTOR") == nullptr ? "unset" : "set") + " " +
         std::to_string(task.memory()->limit());
}

std::string executor_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(task.stores().self.value);
}

std::string name_of(PartitionId partition, TaskContext&, ShuffleId) {
  return "part " + std::to_string(partition.value);
}

std::string fails(PartitionId, TaskContext&, ShuffleId) {
  try {
    throw std::domain_error("no such number");
  } catch (...) {
    detail::rethrow_from_op({"map", "", "pi.cpp", 12});
  }
}

std::string until_stopped(PartitionId, TaskContext& task, ShuffleId) {
  for (;;) {
    task.check_stop();
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("tasks run in another process, where the program's main never ran") {
  main_ran = true;
  Driver driver(processes(1));
  const auto stage = std::make_shared<TextStage<process_of>>(RddId{1}, 1);
  const auto text = texts(driver.run(stage, all_partitions(1))).front();
  CHECK_THAT(text, contains_text(" no main executor 0"));
  CHECK(std::stoi(text) != ::getpid());
}

TEST_CASE("an executor has its own budget, and what its tasks start is no executor") {
  Driver driver(processes(1));
  const auto stage = std::make_shared<TextStage<environment_of>>(RddId{1}, 1);
  CHECK(texts(driver.run(stage, all_partitions(1))).front() == "unset 1073741824");
}

TEST_CASE("a job of many tasks over several executors gives each value once") {
  Driver driver(processes(2, 2));
  const auto stage = std::make_shared<TextStage<name_of>>(RddId{1}, 500);
  const auto values = texts(driver.run(stage, all_partitions(500)));
  REQUIRE(values.size() == 500);
  for (std::uint32_t i = 0; i < 500; ++i) REQUIRE(values[i] == "part " + std::to_string(i));
}

TEST_CASE("executors fetch each other's map outputs") {
  Driver driver(processes(3));
  const NodeRef writer(std::make_shared<TextWriter<executor_of>>(RddId{1}, 6));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 6, std::vector{writer});
  const auto values = texts(driver.run(stage, all_partitions(6)));
  std::set<char> executors;
  for (std::uint32_t reduce = 0; reduce < 6; ++reduce) {
    const auto arrow = "->" + std::to_string(reduce) + " ";
    for (std::size_t map = 0; map < 6; ++map) {
      const auto bucket = values[reduce].substr(map * (1 + arrow.size()), 1 + arrow.size());
      executors.insert(bucket[0]);
      CHECK(bucket.substr(1) == arrow);
    }
  }
  CHECK(executors.size() > 1);
}

TEST_CASE("an exception in a process arrives with its text, type and op") {
  Driver driver(processes(1));
  try {
    driver.run(std::make_shared<TextStage<fails>>(RddId{1}, 1), all_partitions(1));
    FAIL("no exception");
  } catch (const JobError& error) {
    CHECK(error.failure().message == "no such number");
    CHECK(error.failure().type == "std::domain_error");
    CHECK(error.failure().op == "map at pi.cpp:12");
    CHECK(error.failure().executor == "0");
  }
}

TEST_CASE("two jobs of two threads share the executors") {
  Driver driver(processes(2));
  const auto run = [&driver](std::uint64_t id) {
    const auto stage = std::make_shared<TextStage<name_of>>(RddId{id}, 40);
    return texts(driver.run(stage, all_partitions(40))).back();
  };
  auto other = std::async(std::launch::async, run, 1);
  CHECK(run(2) == "part 39");
  CHECK(other.get() == "part 39");
}

TEST_CASE("a job in processes is cancelled while it runs, and its executors go on") {
  Driver driver(processes(2));
  std::promise<void> started;
  std::atomic<bool> once{false};
  driver.observe([&](const scheduler::Action& action) {
    const bool start = std::holds_alternative<scheduler::StageStarted>(action);
    if (start && !once.exchange(true)) started.set_value();
  });
  auto running = std::async(std::launch::async, [&] {
    driver.run(std::make_shared<TextStage<until_stopped>>(RddId{1}, 2), all_partitions(2));
  });
  started.get_future().wait();
  driver.cancel_all("enough");
  CHECK_THROWS_WITH(running.get(), contains_text("enough"));
  const auto stage = std::make_shared<TextStage<name_of>>(RddId{2}, 4);
  CHECK(driver.run(stage, all_partitions(4)).size() == 4);
}

TEST_CASE("no child is left when the driver is gone, even with tasks that run") {
  { Driver idle(processes(2)); }
  CHECK(no_child_is_left());
  std::future<void> running;
  {
    Driver driver(processes(2));
    std::promise<void> submitted;
    running = std::async(std::launch::async, [&] {
      driver.run(std::make_shared<TextStage<until_stopped>>(RddId{1}, 2), all_partitions(2),
                 [&](JobId) { submitted.set_value(); });
    });
    submitted.get_future().wait();
  }
  CHECK_THROWS_AS(running.get(), CancelledError);
  CHECK(no_child_is_left());
}
