// What an executor writes down when it crashes, for its driver to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred::cluster {

/// From here on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT, exceptions that nobody catches and
/// calls of exit() are written to `descriptor` before they end the process: what it was, the task
/// of the thread, and its stack. A handler that somebody else installed (a sanitizer) stays.
void report_crashes_to(int descriptor);

/// A stack for signal handlers of the calling thread, on which the overflow of its own can be
/// reported. One that the thread has already stays.
class SignalStack {
 public:
  SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack();

 private:
  void* memory_ = nullptr;
};

/// Such a report.
struct CrashReport {
  struct Frame {
    std::string module;  ///< the path of the executable or library
    std::uint64_t offset = 0;
  };

  int signal = 0;             ///< 0 where exit() was called
  std::uint64_t address = 0;  ///< that could not be accessed, where a signal says so
  bool stack_overflow = false;
  std::string uncaught;          ///< type and text of the exception that nobody caught, or empty
  std::optional<StageId> stage;  ///< of the task that the thread ran
  PartitionId partition;
  std::vector<Frame> frames;  ///< of the thread, the innermost first

  /// ": exit() was called while ...", as goes behind ProcessEnd::text().
  std::string cause() const;
  /// The stack on lines of their own, with the names of functions where the modules, which are this
  /// process's own, have them.
  std::string stack() const;
};

/// Nothing where the process did not crash, or did not get to say so.
std::optional<CrashReport> parse_crash_report(std::string_view text);

}  // namespace kindred::cluster
