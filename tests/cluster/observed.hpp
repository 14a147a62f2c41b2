// What a driver asked of its executors, counted.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/cluster/driver.hpp"

namespace kindred::test {

/// Counts the launches of each task. Outlives the driver that it observes.
class Observed {
 public:
  using How = scheduler::TaskFinished::How;
  struct Launch {
    std::uint32_t attempt = 0;  ///< at the stage
    PartitionId partition;
    ExecutorId executor;
  };

  void observe(cluster::Driver& driver) {
    driver.observe([this](const scheduler::Action& action) {
      const std::lock_guard lock(mutex_);
      if (const auto* launch = std::get_if<scheduler::LaunchTasks>(&action)) {
        for (const auto& task : launch->tasks) {
          launches_[launch->stage->end->id()].push_back(
              {launch->stage->attempt, task.partition, launch->executor});
        }
      } else if (const auto* end = std::get_if<scheduler::TaskFinished>(&action)) {
        ++ends_[end->how];
      }
    });
  }

  /// Of the stage that `node` ends, in their order.
  std::vector<Launch> launches(RddId node) {
    const std::lock_guard lock(mutex_);
    return launches_[node];
  }
  /// The partitions that were launched in the first attempt at a stage, on `executor`.
  std::multiset<std::uint32_t> first_on(RddId node, ExecutorId executor) {
    std::multiset<std::uint32_t> partitions;
    for (const auto& launch : launches(node)) {
      if (launch.attempt == 0 && launch.executor == executor) {
        partitions.insert(launch.partition.value);
      }
    }
    return partitions;
  }
  /// The partitions that were launched in later attempts.
  std::multiset<std::uint32_t> again(RddId node) {
    std::multiset<std::uint32_t> partitions;
    for (const auto& launch : launches(node)) {
      if (launch.attempt > 0) partitions.insert(launch.partition.value);
    }
    return partitions;
  }
  std::size_t ended(How how) {
    const std::lock_guard lock(mutex_);
    return ends_[how];
  }

 private:
  std::mutex mutex_;
  std::map<RddId, std::vector<Launch>> launches_;  // guarded by mutex_
  std::map<How, std::size_t> ends_;                // guarded by mutex_
};

}  // namespace kindred::test
