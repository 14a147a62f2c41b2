#include "kindred/engine/log.hpp"

#include <memory>
#include <mutex>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <utility>

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

struct Prepare {
  std::mutex mutex;
  std::function<void()> call;  // guarded by mutex
};

// As global as the logger.
Prepare& prepare() {
  static Prepare prepare;
  return prepare;
}

void write(spdlog::level::level_enum level, std::string_view text) {
  const auto to = logger();
  if (!to->should_log(level)) return;
  const std::lock_guard lock(prepare().mutex);
  if (prepare().call) prepare().call();
  to->log(level, "{}", text);
}

}  // namespace

void log_info(std::string_view text) { write(spdlog::level::info, text); }

void log_warning(std::string_view text) { write(spdlog::level::warn, text); }

void before_each_log_line(std::function<void()> call) {
  const std::lock_guard lock(prepare().mutex);
  prepare().call = std::move(call);
}

void prepare_for_output() {
  const std::lock_guard lock(prepare().mutex);
  if (prepare().call) prepare().call();
}

}  // namespace kindred::detail
