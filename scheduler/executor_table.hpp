// The executors and their slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
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

  bool has_slot() const { return running.size() < slots; }
};

/// All executors, and those with a free slot; a task costs the logarithm of their number.
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

  /// The executor with the fewest tasks of those with a free slot; null if there is none.
  Executor* least_loaded() const { return free_.empty() ? nullptr : *free_.begin(); }
  /// The same, of those that are not in `others` (sorted).
  Executor* least_loaded_beside(const std::vector<ExecutorId>& others) const;
  /// Those that joined or had a slot freed since the last call, some of them more than once.
  std::vector<ExecutorId> take_freed() { return std::exchange(freed_, {}); }

  const std::map<ExecutorId, std::unique_ptr<Executor>>& all() const { return executors_; }

 private:
  struct LeastLoaded {
    bool operator()(const Executor* a, const Executor* b) const {
      return std::pair(a->running.size(), a->id) < std::pair(b->running.size(), b->id);
    }
  };

  std::map<ExecutorId, std::unique_ptr<Executor>> executors_;
  std::set<Executor*, LeastLoaded> free_;
  std::vector<ExecutorId> freed_;
  std::unordered_map<std::string, std::vector<ExecutorId>> names_;
};

}  // namespace kindred::scheduler
