#include "kindred/scheduler/task_queue.hpp"

#include <algorithm>

namespace kindred::scheduler {

TaskQueue::Entry TaskQueue::admit(std::uint32_t task) {
  if (tickets_[task] == 0) ++size_;
  tickets_[task] = ++last_ticket_;
  return {task, last_ticket_};
}

void TaskQueue::push(std::uint32_t task) { any_.entries.push_back(admit(task)); }

void TaskQueue::push_bound(std::uint32_t task, const std::vector<ExecutorId>& executors) {
  const auto entry = admit(task);
  for (const auto executor : executors) lanes_[executor].entries.push_back(entry);
}

void TaskQueue::push_preferring(std::uint32_t task, const std::vector<ExecutorId>& executors) {
  const auto entry = admit(task);
  for (const auto executor : executors) lanes_[executor].entries.push_back(entry);
  preferring_.entries.push_back(entry);
}

std::optional<std::uint32_t> TaskQueue::pop(Lane& lane) {
  while (lane.head < lane.entries.size()) {
    const auto entry = lane.entries[lane.head++];
    if (tickets_[entry.task] != entry.ticket) continue;
    tickets_[entry.task] = 0;
    --size_;
    return entry.task;
  }
  lane.entries.clear();
  lane.head = 0;
  return std::nullopt;
}

std::optional<std::uint32_t> TaskQueue::pop_own(ExecutorId executor) {
  if (lanes_.empty()) return std::nullopt;
  const auto lane = lanes_.find(executor);
  return lane == lanes_.end() ? std::nullopt : pop(lane->second);
}

std::optional<std::uint32_t> TaskQueue::pop_any() {
  const auto task = pop(any_);
  return task ? task : pop(preferring_);
}

void TaskQueue::remove(std::uint32_t task) {
  if (tickets_[task] == 0) return;
  tickets_[task] = 0;
  --size_;
}

std::vector<std::uint32_t> TaskQueue::take_lane(ExecutorId executor) {
  std::vector<std::uint32_t> tasks;
  while (const auto task = pop_own(executor)) tasks.push_back(*task);
  lanes_.erase(executor);
  return tasks;
}

std::vector<std::uint32_t> TaskQueue::take_all() {
  std::vector<std::uint32_t> tasks;
  for (std::uint32_t task = 0; task < tickets_.size(); ++task) {
    if (tickets_[task] != 0) tasks.push_back(task);
  }
  clear();
  return tasks;
}

void TaskQueue::clear() {
  std::fill(tickets_.begin(), tickets_.end(), 0);
  size_ = 0;
  lanes_.clear();
  any_ = {};
  preferring_ = {};
}

}  // namespace kindred::scheduler
