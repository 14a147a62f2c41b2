// Executors whose driver is gone, or has hung.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/cluster/other_driver.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;

constexpr int kTasks = 8;

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

void run_and_print_processes(Driver& driver) {
  const auto stage = std::make_shared<TextStage<process_of>>(RddId{1}, kTasks);
  for (const auto& pid : texts(driver.run(stage, all_partitions(kTasks)))) {
    std::printf("executor %s\n", pid.c_str());
  }
  std::fflush(stdout);
}

std::vector<int> executors_of(OtherDriver& driver) {
  std::vector<int> executors;
  while (executors.size() < kTasks) {
    const auto line = driver.line();
    REQUIRE(line);
    int pid = 0;
    if (std::sscanf(line->c_str(), "executor %d", &pid) == 1) executors.push_back(pid);
  }
  return executors;
}

// Fails where one is still there after a time that no end takes.
void wait_for_end(const std::vector<int>& processes) {
  for (const int pid : processes) {
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

bool left_nothing(const OtherDriver& driver) {
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    if (entry.path().filename().string().find("kindred") != std::string::npos) return false;
  }
  return std::filesystem::is_empty(driver.directory());
}

}  // namespace

TEST_CASE("a driver that is killed (does nothing when it is run by itself)", "[.]") {
  if (!is_other_driver()) return;
  Driver driver(processes(2));
  run_and_print_processes(driver);
  ::kill(::getpid(), SIGKILL);
}

TEST_CASE("a driver that hangs (does nothing when it is run by itself)", "[.]") {
  if (!is_other_driver()) return;
  auto options = impatient(2);
  options.driver_timeout = std::chrono::milliseconds(300);
  Driver driver(processes(options));
  run_and_print_processes(driver);
  ::kill(::getpid(), SIGSTOP);
}

TEST_CASE("executors end when their driver is killed, and leave nothing [scenario-26]",
          "[scenario-26]") {
  OtherDriver driver("a driver that is killed*");
  wait_for_end(executors_of(driver));
  CHECK(left_nothing(driver));
}

TEST_CASE("executors end when their driver hangs, and leave nothing [scenario-26]",
          "[scenario-26]") {
  OtherDriver driver("a driver that hangs*");
  wait_for_end(executors_of(driver));
  CHECK(left_nothing(driver));
}
