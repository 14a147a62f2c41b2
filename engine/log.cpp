#include "kindred/engine/log.hpp"

#include <memory>
#include <mutex>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <utility>
#include <vector>

namespace kindred::detail {
namespace {

// A program that has its own logger of this name decides where the lines go.
std::shared_ptr<spdlog::logger> logger() {
  static const auto ours = [] {
    auto found = spdlog::get("kindred");
    if (found != nullptr) return found;
    auto made = spdlog::stderr_logger_mt("kindred");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return ours;
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

void write(spdlog::level::level_enum level, std::string_view text) {
  const auto to = logger();
  if (!to->should_log(level)) return;
  prepare_for_output();
  // Not under its lock: a terminal that is stopped holds up who logs, and nobody else.
  to->log(level, "{}", text);
}

}  // namespace

void log_info(std::string_view text) { write(spdlog::level::info, text); }

void log_warning(std::string_view text) { write(spdlog::level::warn, text); }

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
