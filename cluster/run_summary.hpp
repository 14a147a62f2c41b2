// What a Context did, in a few lines for its end.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "kindred/engine/recovery_report.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::cluster {

/// Counts jobs, stages and tasks from the scheduler's actions. Safe to use from any thread.
class RunSummary {
 public:
  void on(const scheduler::Action& action);
  /// A line of counts, and `report` where something was lost. `ran`: since the Context was made.
  std::string text(const RecoveryReport& report, std::chrono::nanoseconds ran) const;

 private:
  struct Counts {
    std::uint64_t jobs_done = 0;
    std::uint64_t jobs_failed = 0;
    std::uint64_t jobs_cancelled = 0;
    std::uint64_t stages_done = 0;
    std::uint64_t stages_skipped = 0;
    std::uint64_t tasks_done = 0;
    std::uint64_t tasks_failed = 0;
    std::chrono::nanoseconds task_time{0};
  };

  mutable std::mutex mutex_;
  Counts counts_;  // guarded by mutex_
};

}  // namespace kindred::cluster
