#include "kindred/engine/log.hpp"

#include <memory>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

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

}  // namespace

void log_info(std::string_view text) { logger()->info("{}", text); }

void log_warning(std::string_view text) { logger()->warn("{}", text); }

}  // namespace kindred::detail
