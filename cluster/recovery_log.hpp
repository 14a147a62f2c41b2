// The recovery report, made from what the scheduler does.
#pragma once

#include <mutex>

#include "kindred/engine/recovery_report.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::cluster {

/// Makes the report from the scheduler's actions. Safe to use from any thread.
class RecoveryLog {
 public:
  void on(const scheduler::Action& action);
  RecoveryReport report() const;

 private:
  mutable std::mutex mutex_;
  RecoveryReport report_;  // guarded by mutex_
};

}  // namespace kindred::cluster
