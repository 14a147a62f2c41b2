// The executors and their slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::scheduler {

/// An executor that is there, and the tasks that it was given.
struct Executor {
  ExecutorId id;
  std::uint32_t slots = 1;
  std::string host;
  std::vector<TaskId> running;
  std::vector<LaunchTasks::Task> batch;  ///< of the stage attempt that is being launched just now
  std::size_t free_index = 0;            ///< in ExecutorTable::free(), while it has a free slot

  bool has_slot() const { return running.size() < slots; }
};

/// All executors, and those with a free slot; constant time for each task.
class ExecutorTable {
 public:
  /// Null if the id is in use.
  Executor* add(ExecutorId id, std::uint32_t slots, std::string host);
  Executor* find(ExecutorId id);
  void remove(Executor& executor);

  /// Returns the task's index in Executor::running.
  std::size_t occupy(Executor& executor, TaskId task);
  /// Frees the slot at `index` of Executor::running; the last task moves there.
  void release(Executor& executor, std::size_t index);

  /// The executors that one of `names` means: a host, or an executor's id as text.
  std::vector<ExecutorId> named(const std::vector<std::string>& names) const;

  const std::vector<Executor*>& free() const { return free_; }
  const std::map<ExecutorId, std::unique_ptr<Executor>>& all() const { return executors_; }

 private:
  void leave_free(Executor& executor);

  std::map<ExecutorId, std::unique_ptr<Executor>> executors_;
  std::vector<Executor*> free_;
  std::unordered_map<std::string, std::vector<ExecutorId>> names_;
};

}  // namespace kindred::scheduler
