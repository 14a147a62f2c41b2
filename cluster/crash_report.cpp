#include "kindred/cluster/crash_report.hpp"

#include <fmt/format.h>
#include <sstream>

#include "kindred/cluster/function_names.hpp"

namespace kindred::cluster {
namespace {

constexpr std::size_t kMostFrames = 24;
// Below this there are only the engine's own frames, the same for every task.
constexpr std::string_view kTaskStart = "kindred::TaskRunner::";

std::string place_of(const CrashReport::Frame& frame) {
  const auto name = frame.module.substr(frame.module.find_last_of('/') + 1);
  return fmt::format("{}+{:#x}", name == "exe" ? "program" : name, frame.offset);
}

}  // namespace

std::string CrashReport::cause() const {
  std::string text;
  if (signal == 0) text += ": exit() was called";
  if (!uncaught.empty()) text += ": nobody caught " + uncaught;
  if (uncaught.starts_with("std::bad_alloc")) text += " (out of memory)";
  if (stack_overflow) {
    text += ": its stack overflowed (a recursion that is too deep, or large local variables)";
  } else if (address != 0 || signal == 11 || signal == 7) {
    text += fmt::format(" at address {:#x}", address);
  }
  if (stage) text += fmt::format(" in partition {} of stage {}", partition.value, stage->value);
  return text;
}

std::string CrashReport::stack() const {
  FunctionNames names;
  std::string text;
  for (std::size_t i = 0; i < frames.size() && i < kMostFrames; ++i) {
    // All but the innermost are where a call returns to: the call is before it.
    const auto name = names.find(frames[i].module, frames[i].offset - (i == 0 ? 0 : 1));
    if (name.starts_with(kTaskStart)) break;
    text += fmt::format("\n    #{} {} ({})", i, name.empty() ? "?" : name, place_of(frames[i]));
  }
  return text.empty() ? text : "\n  its stack:" + text;
}

std::optional<CrashReport> parse_crash_report(std::string_view text) {
  CrashReport report;
  bool known = false;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string what;
    in >> what >> std::ws;
    if (what == "signal") {
      known = static_cast<bool>(in >> report.signal >> std::hex >> report.address);
    } else if (what == "exit") {
      known = true;
    } else if (what == "overflow") {
      report.stack_overflow = true;
    } else if (what == "uncaught") {
      std::getline(in, report.uncaught);
    } else if (what == "task") {
      StageId stage;
      if (in >> std::hex >> stage.value >> report.partition.value) report.stage = stage;
    } else if (what == "frame") {
      CrashReport::Frame frame;
      if (in >> std::hex >> frame.offset >> std::ws) std::getline(in, frame.module);
      report.frames.push_back(std::move(frame));
    }
  }
  if (!known) return std::nullopt;
  return report;
}

}  // namespace kindred::cluster
