#include "kindred/scheduler/task_queue.hpp"

#include <algorithm>

namespace kindred::scheduler {

TaskQueue::Entry TaskQueue::admit(std::uint32_t task) {
  if (tickets_[task] == 0) ++size_;
  tickets_[task] = ++last_ticket_;
  return {task, last_ticket_};
}

void TaskQueue::enter_lanes(Entry entry, const std::vector<ExecutorId>& executors) {
  for (const auto executor : executors) lanes_[executor].entries.push_back(entry);
  touched_.insert(touched_.end(), executors.begin(), executors.end());
}

void TaskQueue::push(std::uint32_t task) { any_.entries.push_back(admit(task)); }

void TaskQueue::push_bound(std::uint32_t task, const std::vector<ExecutorId>& executors,
                           bool for_good) {
  const auto entry = admit(task);
  enter_lanes(entry, executors);
  if (!for_good) patient_.entries.push_back(entry);
}

void TaskQueue::push_avoiding(std::uint32_t task, const std::vector<ExecutorId>& executors) {
  const auto entry = admit(task);
  avoiding_[executors].entries.push_back(entry);
  patient_.entries.push_back(entry);
}

void TaskQueue::push_preferring(std::uint32_t task, const std::vector<ExecutorId>& executors) {
  const auto entry = admit(task);
  enter_lanes(entry, executors);
  preferring_.entries.push_back(entry);
}

// False where the lane has no task (any longer).
bool TaskQueue::skip_stale(Lane& lane) const {
  while (lane.head < lane.entries.size()) {
    const auto entry = lane.entries[lane.head];
    if (tickets_[entry.task] == entry.ticket) return true;
    ++lane.head;
  }
  lane.entries.clear();
  lane.head = 0;
  return false;
}

std::optional<std::uint32_t> TaskQueue::pop(Lane& lane) {
  if (!skip_stale(lane)) return std::nullopt;
  const auto task = lane.entries[lane.head++].task;
  remove(task);
  return task;
}

std::optional<std::uint32_t> TaskQueue::pop_own(ExecutorId executor) {
  if (lanes_.empty()) return std::nullopt;
  const auto lane = lanes_.find(executor);
  if (lane == lanes_.end()) return std::nullopt;
  const auto task = pop(lane->second);
  if (!task) lanes_.erase(lane);
  return task;
}

std::vector<std::vector<ExecutorId>> TaskQueue::avoided() const {
  std::vector<std::vector<ExecutorId>> sets;
  sets.reserve(avoiding_.size());
  for (const auto& [executors, lane] : avoiding_) sets.push_back(executors);
  return sets;
}

std::optional<std::uint32_t> TaskQueue::pop_avoiding(const std::vector<ExecutorId>& executors) {
  const auto lane = avoiding_.find(executors);
  if (lane == avoiding_.end()) return std::nullopt;
  const auto task = pop(lane->second);
  if (!task) avoiding_.erase(lane);
  return task;
}

std::optional<std::uint32_t> TaskQueue::pop_any() {
  const auto task = pop(any_);
  return task ? task : pop(preferring_);
}

std::optional<std::uint32_t> TaskQueue::pop_patient() { return pop(patient_); }

bool TaskQueue::has_patient() { return skip_stale(patient_); }

void TaskQueue::remove(std::uint32_t task) {
  if (tickets_[task] == 0) return;
  tickets_[task] = 0;
  --size_;
}

std::vector<std::uint32_t> TaskQueue::take_lane(ExecutorId executor) {
  std::vector<std::uint32_t> tasks;
  while (const auto task = pop_own(executor)) tasks.push_back(*task);
  return tasks;
}

std::vector<std::uint32_t> TaskQueue::take_avoiding() {
  std::vector<std::uint32_t> tasks;
  for (const auto& executors : avoided()) {
    while (const auto task = pop_avoiding(executors)) tasks.push_back(*task);
  }
  return tasks;
}

void TaskQueue::clear() {
  std::fill(tickets_.begin(), tickets_.end(), 0);
  size_ = 0;
  lanes_.clear();
  avoiding_.clear();
  any_ = {};
  preferring_ = {};
  patient_ = {};
  touched_.clear();
}

}  // namespace kindred::scheduler
