// How a driver starts a process of its own executable, and tells it that it is an executor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "kindred/engine/ids.hpp"

namespace kindred::cluster {

/// What an executor finds in its environment.
struct LaunchOrder {
  std::uint16_t port = 0;  ///< of the driver, on the loopback interface
  ExecutorId executor;
  std::int64_t driver = 0;  ///< the driver's process id
  std::string token;
};

/// The order that this process was started with, or nothing where it is no executor. Removes it
/// from the environment: what a task starts is no executor.
std::optional<LaunchOrder> take_launch_order();

/// Starts /proc/self/exe with the order. It inherits the standard streams, and no other descriptor.
/// Returns its process id; throws Error.
pid_t spawn_executor(const LaunchOrder& order);

/// Whether the child has ended, reaped or not.
bool has_ended(pid_t pid);

/// "exited with status 42", "ended by signal 9 (Killed)". Reaps the child, which must have ended.
std::string reap(pid_t pid);

}  // namespace kindred::cluster
