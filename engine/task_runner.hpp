// The part of an executor that runs tasks, the same in the driver's threads and in a process of its
// own.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred {

/// One attempt at one stage, as an executor knows it.
struct StageKey {
  StageId stage;
  std::uint32_t attempt = 0;
  friend auto operator<=>(const StageKey&, const StageKey&) = default;
};

/// Runs tasks of the stages that it was given, and owns the stores that they use. Safe to use from
/// any thread; run() is called by as many threads as the executor has.
class TaskRunner {
 public:
  /// `values_as_bytes`: whether results leave this process.
  TaskRunner(ExecutorId self, MemoryRef memory, std::shared_ptr<RemoteBlocks> remote,
             bool values_as_bytes, const StorageOptions& storage = {});

  /// Makes a stage known, before its first task. The lineage is decoded by the first task that
  /// needs it.
  void add_stage(StageKey key, EncodedLineage lineage, MapOutputsList inputs);
  /// Forgets a stage; tasks of it that have not started end as Killed.
  void forget_stage(StageKey key);

  /// Runs one task on the calling thread. Whatever happens in it is in the outcome; nothing is
  /// thrown.
  TaskOutcome run(StageKey key, TaskId task, PartitionId partition, std::uint32_t attempt) noexcept;
  /// Asks a task to end, whether it runs already or not yet: none is missed in between.
  void kill(TaskId task);

  ExecutorStores& stores() { return stores_; }

 private:
  struct Stage {
    MapOutputsList inputs;
    std::mutex mutex;
    EncodedLineage lineage;               // guarded by mutex; until it is decoded
    std::shared_ptr<const StageEnd> end;  // guarded by mutex

    std::shared_ptr<const StageEnd> decoded();
  };

  TaskOutcome run_in(Stage& stage, TaskContext& context) const;
  Done done(const StageEnd& end, TaskContext& context) const;

  ExecutorStores stores_;
  const bool values_as_bytes_;
  std::mutex mutex_;
  std::map<StageKey, std::shared_ptr<Stage>> stages_;  // guarded by mutex_
  std::unordered_map<TaskId, TaskContext*> running_;   // guarded by mutex_
  std::unordered_set<TaskId> killed_before_start_;     // guarded by mutex_
};

}  // namespace kindred
