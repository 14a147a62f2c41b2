#include "kindred/engine/log.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kindred/engine/log_lines.hpp"
#include "tests/catch.hpp"

using namespace kindred::detail;

namespace {

constexpr std::chrono::milliseconds kLong{60'000};

// A terminal that takes nothing until it is told to.
class Stoppable {
 public:
  LogLines::Write write() {
    return [this](LogLevel, const std::string& text) {
      std::unique_lock lock(mutex_);
      entered_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !stopped_; });
      lines_.push_back(text);
    };
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  void wait_for_writer() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return entered_; });
  }
  void go_on() {
    const std::lock_guard lock(mutex_);
    stopped_ = false;
    changed_.notify_all();
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool entered_ = false;
  std::vector<std::string> lines_;
};

}  // namespace

// Their threads outlive the cases.
TEST_CASE("what is logged is written in its order, by another thread") {
  static auto& terminal = *new Stoppable;
  static auto& log = *new LogLines(terminal.write());
  for (int i = 0; i < 100; ++i) log.put(LogLevel::warning, std::to_string(i));
  REQUIRE(log.flush(kLong));
  CHECK(log.unwritten() == 0);
  const auto lines = terminal.lines();
  REQUIRE(lines.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(lines[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("nobody who logs waits for a terminal that is stopped, and what was dropped is told") {
  static auto& terminal = *new Stoppable;
  static auto& log = *new LogLines(terminal.write());
  terminal.stop();
  log.put(LogLevel::info, "first");
  terminal.wait_for_writer();
  const auto most = LogLines::kMostWaiting;
  for (std::size_t i = 0; i < most + 7; ++i) log.put(LogLevel::info, "more");
  CHECK(log.unwritten() == most + 1);
  CHECK_FALSE(log.flush(std::chrono::milliseconds(1)));
  terminal.go_on();
  REQUIRE(log.flush(kLong));
  const auto lines = terminal.lines();
  REQUIRE(lines.size() == most + 2);
  CHECK_THAT(lines.back(), kindred::test::contains_text("7 lines of the log were dropped"));
}

TEST_CASE("after the thread's last chance to write, who logs writes") {
  static auto& terminal = *new Stoppable;
  static auto& log = *new LogLines(terminal.write());
  log.put(LogLevel::warning, "one");
  REQUIRE(log.flush(kLong));
  log.close();
  log.put(LogLevel::warning, "two");
  CHECK(terminal.lines() == std::vector<std::string>{"one", "two"});
}

TEST_CASE("who draws on the terminal is told before output, whoever else comes and goes") {
  int first = 0;
  int second = 0;
  auto one = std::make_unique<BeforeLogLines>([&] { ++first; });
  auto other = std::make_unique<BeforeLogLines>([&] { ++second; });
  prepare_for_output();
  CHECK((first == 1 && second == 1));
  other.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 1));
  other = std::make_unique<BeforeLogLines>([&] { ++second; });
  one.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 2));
  other.reset();
  prepare_for_output();
  CHECK((first == 2 && second == 2));
}
