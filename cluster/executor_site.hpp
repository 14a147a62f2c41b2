// Inside cluster/ only: where a driver's executors run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

#include <asio.hpp>

#include "kindred/cluster/executor_output.hpp"
#include "kindred/cluster/launch_order.hpp"
#include "kindred/cluster/network.hpp"
#include "kindred/engine/ids.hpp"

namespace kindred::cluster {

/// An executor that was started. Its owner kills it and waits for its end before it lets go of it.
/// Of the io thread.
class StartedExecutor {
 public:
  StartedExecutor() = default;
  StartedExecutor(const StartedExecutor&) = delete;
  StartedExecutor& operator=(const StartedExecutor&) = delete;
  virtual ~StartedExecutor() = default;

  /// Calls `ended` on the io thread when it has ended. Called once.
  virtual void watch(std::function<void()> ended) = 0;
  /// Ends it, as far as that is possible. One that has ended already keeps its own status.
  virtual void kill() = 0;
  /// Of the process that it runs in.
  virtual pid_t pid() const = 0;

  struct End {
    std::string how;    ///< "exited with status 42", with what is known of the cause
    std::string lines;  ///< on lines of their own: its stack, what it printed last; or empty
    /// The task that did it, where it is known.
    struct Task {
      StageId stage;
      PartitionId partition;
    };
    std::optional<Task> task;
  };
  /// After `ended` was called, once.
  virtual End reap() = 0;
  /// What it printed last until now, on lines of their own.
  virtual std::string last_lines() = 0;
};

class ExecutorSite {
 public:
  ExecutorSite() = default;
  ExecutorSite(const ExecutorSite&) = delete;
  ExecutorSite& operator=(const ExecutorSite&) = delete;
  virtual ~ExecutorSite() = default;

  /// What connects driver and executors.
  virtual std::shared_ptr<Network> network() = 0;
  /// Throws Error. `io` is that of the io thread; `output`, which lives longer, prints what the
  /// executor prints, where that does not get to the driver's own streams anyway.
  virtual std::unique_ptr<StartedExecutor> start(asio::io_context& io, ExecutorOutput& output,
                                                 const LaunchOrder& order) = 0;
};

/// Processes of the driver's own executable, on its host.
std::shared_ptr<ExecutorSite> executors_in_processes();

}  // namespace kindred::cluster
