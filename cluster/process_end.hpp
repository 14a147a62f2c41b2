// How a process ended, as far as the system tells.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace kindred::cluster {

struct ProcessEnd {
  int signal = 0;  ///< that ended it, or 0
  int status = 0;  ///< with which it exited; -1 where the program itself had waited for it

  /// "exited with status 42", "ended by signal 9 (Killed)".
  std::string text() const;
};

/// Whether a child has ended, reaped or not. Does not wait.
bool has_ended(pid_t pid);

/// Waits for a child, which should have ended, and lets the system forget it.
ProcessEnd reap(pid_t pid);

/// How many processes the kernel ended for want of memory since the machine started, from the text
/// of /proc/vmstat; 0 where it does not say.
std::uint64_t out_of_memory_kills(std::string_view vmstat);
/// The same of this machine, now.
std::uint64_t out_of_memory_kills();

}  // namespace kindred::cluster
