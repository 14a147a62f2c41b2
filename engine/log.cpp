#include "kindred/engine/log.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "kindred/engine/log_lines.hpp"

namespace kindred::detail {
namespace {

// A terminal that is stopped must not hold up the end of a process for long.
constexpr std::chrono::milliseconds kPatience{200};

// Standard error without the C library's stream: whoever writes by that holds its lock, for which
// exit() would wait as long as for the terminal.
class StandardError final : public spdlog::sinks::base_sink<std::mutex> {
 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
      const auto written = ::write(STDERR_FILENO, rest.data(), rest.size());
      if (written > 0) {
        rest.remove_prefix(static_cast<std::size_t>(written));
      } else if (errno == EAGAIN) {
        pollfd room{STDERR_FILENO, POLLOUT, 0};
        ::poll(&room, 1, -1);
      } else if (errno != EINTR) {
        return;  // nobody reads it
      }
    }
  }
  void flush_() override {}
};

// A program that has its own logger of this name decides where the lines go. Never destroyed: the
// thread that writes goes on to the end.
spdlog::logger& logger() {
  static auto* const ours = [] {
    auto found = spdlog::get("kindred");
    if (found == nullptr) {
      found = std::make_shared<spdlog::logger>("kindred", std::make_shared<StandardError>());
      spdlog::initialize_logger(found);
      found->set_level(spdlog::level::warn);
    }
    return new std::shared_ptr<spdlog::logger>(std::move(found));
  }();
  return **ours;
}

struct Prepares {
  std::mutex mutex;
  std::vector<const BeforeLogLines*> all;  // guarded by mutex
};

// As global as the logger. Never destroyed: who draws may be static too, and go later.
Prepares& prepares() {
  static auto* const prepares = new Prepares;
  return *prepares;
}

void write(LogLevel level, const std::string& text) {
  prepare_for_output();
  // Not under its lock: a terminal that is stopped holds up this thread, and nobody else.
  logger().log(level == LogLevel::info ? spdlog::level::info : spdlog::level::warn, "{}", text);
}

// Of the process, once something was logged; a signal handler looks at it too.
std::atomic<LogLines*> lines_if_any{nullptr};

// As global as the logger. Never destroyed: its thread goes on.
LogLines& lines() {
  static auto* const lines = [] {
    auto* const made = new LogLines(&write);
    lines_if_any = made;
    std::atexit([] {
      lines_if_any.load()->close();
      flush_log();
    });
    return made;
  }();
  return *lines;
}

}  // namespace

void log_info(std::string_view text) {
  if (logger().should_log(spdlog::level::info)) lines().put(LogLevel::info, std::string(text));
}

void log_warning(std::string_view text) {
  if (logger().should_log(spdlog::level::warn)) lines().put(LogLevel::warning, std::string(text));
}

void flush_log() {
  if (auto* const lines = lines_if_any.load()) lines->flush(kPatience);
}

std::size_t unwritten_log_lines() {
  const auto* const lines = lines_if_any.load();
  return lines == nullptr ? 0 : lines->unwritten();
}

BeforeLogLines::BeforeLogLines(std::function<void()> prepare) : prepare_(std::move(prepare)) {
  const std::lock_guard lock(prepares().mutex);
  prepares().all.push_back(this);
}

BeforeLogLines::~BeforeLogLines() {
  const std::lock_guard lock(prepares().mutex);
  std::erase(prepares().all, this);
}

void prepare_for_output() {
  const std::lock_guard lock(prepares().mutex);
  for (const auto* one : prepares().all) one->prepare_();
}

}  // namespace kindred::detail
