// Executors whose driver is gone, or has hung. The drivers are processes of their own: this
// executable, running one of the hidden cases.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;

constexpr const char* kMayRun = "KINDRED_TEST_ORPHANS";
constexpr int kTasks = 8;

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

void run_and_print_processes(Driver& driver) {
  const auto stage = std::make_shared<TextStage<process_of>>(RddId{1}, kTasks);
  std::printf("driver %d\n", ::getpid());
  for (const auto& pid : texts(driver.run(stage, all_partitions(kTasks)))) {
    std::printf("executor %s\n", pid.c_str());
  }
  std::fflush(stdout);
}

// A driver that runs one of the hidden cases in a temporary directory of its own.
class OtherDriver {
 public:
  explicit OtherDriver(const std::string& hidden_case) {
    std::array<char, 4096> path{};
    REQUIRE(::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0);
    auto name = (std::filesystem::temp_directory_path() / "orphans-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
    const auto command = "TMPDIR='" + name + "' " + kMayRun + "=1 exec '" + path.data() + "' '" +
                         hidden_case + "' 2>/dev/null";
    output_ = ::popen(command.c_str(), "r");
    REQUIRE(output_ != nullptr);
    std::array<char, 256> line{};
    while (executors_.size() < kTasks && std::fgets(line.data(), line.size(), output_) != nullptr) {
      int pid = 0;
      if (std::sscanf(line.data(), "driver %d", &pid) == 1) driver_ = pid;
      if (std::sscanf(line.data(), "executor %d", &pid) == 1) executors_.push_back(pid);
    }
  }
  ~OtherDriver() {
    if (driver_ > 0) ::kill(driver_, SIGKILL);
    ::pclose(output_);
    std::filesystem::remove_all(directory_);
  }
  OtherDriver(const OtherDriver&) = delete;
  OtherDriver& operator=(const OtherDriver&) = delete;

  // Fails where an executor is still there after a time that no end takes.
  void wait_for_the_end_of_executors() const {
    CHECK(executors_.size() == kTasks);
    for (const int pid : executors_) {
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
  bool left_nothing() const {
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
      if (entry.path().filename().string().find("kindred") != std::string::npos) return false;
    }
    return std::filesystem::is_empty(directory_);
  }

 private:
  std::filesystem::path directory_;
  FILE* output_ = nullptr;
  int driver_ = 0;
  std::vector<int> executors_;
};

}  // namespace

TEST_CASE("a driver that is killed (does nothing when it is run by itself)", "[.]") {
  if (std::getenv(kMayRun) == nullptr) return;
  ::unsetenv(kMayRun);
  Driver driver(processes(2));
  run_and_print_processes(driver);
  ::kill(::getpid(), SIGKILL);
}

TEST_CASE("a driver that hangs (does nothing when it is run by itself)", "[.]") {
  if (std::getenv(kMayRun) == nullptr) return;
  ::unsetenv(kMayRun);
  auto options = impatient(2);
  options.driver_timeout = std::chrono::milliseconds(300);
  Driver driver(processes(options));
  run_and_print_processes(driver);
  ::kill(::getpid(), SIGSTOP);
}

TEST_CASE("executors end when their driver is killed, and leave nothing [scenario-26]",
          "[scenario-26]") {
  const OtherDriver driver("a driver that is killed*");
  driver.wait_for_the_end_of_executors();
  CHECK(driver.left_nothing());
}

TEST_CASE("executors end when their driver hangs, and leave nothing [scenario-26]",
          "[scenario-26]") {
  const OtherDriver driver("a driver that hangs*");
  driver.wait_for_the_end_of_executors();
  CHECK(driver.left_nothing());
}
