// The tasks of one stage attempt that wait for a slot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred::scheduler {

/// Tasks, by index in their stage, in lanes: one for each executor that some task is bound to or
/// prefers, one for each set of executors that tasks avoid, and others for those that any executor
/// may take. A task may stand in several lanes; a ticket tells entries that were taken or put
/// elsewhere since. All is constant time but what returns vectors.
class TaskQueue {
 public:
  explicit TaskQueue(std::size_t tasks) : tickets_(tasks) {}

  bool empty() const { return size_ == 0; }
  bool contains(std::uint32_t task) const { return tickets_[task] != 0; }

  /// Any executor may take the task.
  void push(std::uint32_t task);
  /// Only these executors may take it; unless `for_good`, others may when it has waited too long.
  void push_bound(std::uint32_t task, const std::vector<ExecutorId>& executors, bool for_good);
  /// Any but these executors (sorted) may take it; they too when it has waited too long.
  void push_avoiding(std::uint32_t task, const std::vector<ExecutorId>& executors);
  /// These should take it, but another may if it has nothing else to do.
  void push_preferring(std::uint32_t task, const std::vector<ExecutorId>& executors);

  /// A task that is bound to `executor` or prefers it.
  std::optional<std::uint32_t> pop_own(ExecutorId executor);
  /// The sets of executors that tasks avoid; and a task that avoids `executors`.
  std::vector<std::vector<ExecutorId>> avoided() const;
  std::optional<std::uint32_t> pop_avoiding(const std::vector<ExecutorId>& executors);
  /// A task that no executor is bound to; those that prefer none come first.
  std::optional<std::uint32_t> pop_any();
  /// A task that is bound to or avoids executors, but may be taken by any when it has waited.
  std::optional<std::uint32_t> pop_patient();
  bool has_patient();

  /// The executors whose lanes got a task since the last call, some of them more than once.
  std::vector<ExecutorId> take_touched() { return std::exchange(touched_, {}); }

  /// Takes the task out if it is in the queue.
  void remove(std::uint32_t task);
  /// Takes out what waits in an executor's lane, or avoids a set of executors.
  std::vector<std::uint32_t> take_lane(ExecutorId executor);
  std::vector<std::uint32_t> take_avoiding();
  void clear();

 private:
  struct Entry {
    std::uint32_t task;
    std::uint32_t ticket;
  };
  struct Lane {
    std::vector<Entry> entries;
    std::size_t head = 0;
  };
  Entry admit(std::uint32_t task);
  void enter_lanes(Entry entry, const std::vector<ExecutorId>& executors);
  bool skip_stale(Lane& lane) const;
  std::optional<std::uint32_t> pop(Lane& lane);

  std::vector<std::uint32_t> tickets_;  // of the entries that count; 0 for a task not in the queue
  std::uint32_t last_ticket_ = 0;
  std::size_t size_ = 0;
  std::unordered_map<ExecutorId, Lane> lanes_;
  std::map<std::vector<ExecutorId>, Lane> avoiding_;
  Lane any_;
  Lane preferring_;
  Lane patient_;
  std::vector<ExecutorId> touched_;
};

}  // namespace kindred::scheduler
