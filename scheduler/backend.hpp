// Where tasks run, as the scheduler sees it: local threads, child processes, a cluster, a fake in
// tests.
#pragma once

#include <functional>

#include "kindred/scheduler/event.hpp"

namespace kindred::scheduler {

/// Carries out what the scheduler asks of executors, and reports what happens to them. `perform`
/// may be called by any thread, one at a time, and neither blocks nor reports from inside the call.
class Backend {
 public:
  using Report = std::function<void(Event)>;

  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// Starts the executors; each reports ExecutorJoined. `report` may be called by any thread from
  /// here on.
  virtual void start(Report report) = 0;
  /// LaunchTasks, KillTask, FetchResult, DropShuffle, DropBlocks or DropBroadcast; StageFinished,
  /// so that executors forget the stage; WakeAt and Replicate, which come only where there is more
  /// than one executor.
  virtual void perform(const Action& action) = 0;
  /// Ends the executors. No report comes after it returns.
  virtual void stop() = 0;
};

}  // namespace kindred::scheduler
