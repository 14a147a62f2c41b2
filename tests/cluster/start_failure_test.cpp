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

constexpr const char* kDieAtStart = "KINDRED_TEST_DIE_AT_START";

// A static object that ends its process, as a program's own may: before main, and so before an
// executor says who it is.
struct EndsExecutors {
  EndsExecutors() {
    if (std::getenv(kDieAtStart) != nullptr && std::getenv("KINDRED_EXECUTOR") != nullptr) {
      std::_Exit(7);
    }
  }
} const ends_executors;

struct Environment {
  explicit Environment(const char* name) : name_(name) { ::setenv(name, "1", 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { ::unsetenv(name_); }
  const char* name_;
};

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

std::string exits(PartitionId, TaskContext&, ShuffleId) { std::_Exit(42); }

std::unique_ptr<Processes> processes(std::uint32_t executors) {
  ProcessesOptions options;
  options.executors = executors;
  return std::make_unique<Processes>(options);
}

}  // namespace

TEST_CASE("executors that end at their start are given up after a few, with what ended them") {
  const Environment die(kDieAtStart);
  CHECK_THROWS_WITH(Driver(processes(3)), contains_text("in a row failed"));
  CHECK_THROWS_WITH(Driver(processes(1)), contains_text("exited with status 7"));
}

TEST_CASE("when no executor comes in the place of a lost one, jobs fail with the reason") {
  Driver driver(processes(2));
  const auto job = [&] {
    driver.run(std::make_shared<TextStage<exits>>(RddId{1}, 4), all_partitions(4));
  };
  const Environment die(kDieAtStart);
  CHECK_THROWS_WITH(job(), contains_text("no executor could be started"));
  CHECK_THROWS_WITH(job(), contains_text("exited with status 7"));
}

TEST_CASE("Ctrl-C is for the driver: executors go on") {
  Driver driver(processes(1));
  const auto stage = std::make_shared<TextStage<process_of>>(RddId{1}, 1);
  const auto before = texts(driver.run(stage, all_partitions(1))).front();
  ::kill(std::stoi(before), SIGINT);
  CHECK(texts(driver.run(stage, all_partitions(1))).front() == before);
}
