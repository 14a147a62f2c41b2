// Tasks in threads of the driver's own process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>

#include "kindred/cluster/task_threads.hpp"
#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/task_runner.hpp"
#include "kindred/scheduler/backend.hpp"

namespace kindred::cluster {

/// One executor, number 0, of `threads` task threads. Closures go through their wire form once a
/// stage, as they would to a process, so that a program behaves alike everywhere.
class LocalThreads : public scheduler::Backend {
 public:
  /// `broadcasts` may be null where no program makes any.
  LocalThreads(std::uint32_t threads, MemoryRef memory,
               std::shared_ptr<BroadcastOrigin> broadcasts = nullptr,
               const StorageOptions& storage = {});

  void start(Report report) override;
  void perform(const scheduler::Action& action) override;
  void stop() override;

  /// The one executor's stores, for tests and for what reads blocks without a task.
  ExecutorStores& stores() { return runner_.stores(); }

 private:
  void launch(const scheduler::LaunchTasks& tasks);

  const std::uint32_t count_;
  TaskRunner runner_;
  std::set<StageKey> known_;            // of perform() alone, which is called one at a time
  std::optional<TaskThreads> threads_;  // from start() on
};

}  // namespace kindred::cluster
