#include <algorithm>
#include <utility>

#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {
namespace {

// For a heap with the least loaded executor in front; ids make the order total.
bool more_loaded(const Executor* a, const Executor* b) {
  return std::pair(a->running.size(), a->id) > std::pair(b->running.size(), b->id);
}

}  // namespace

void Scheduler::dispatch() {
  for (auto next = queued_.begin(); next != queued_.end() && !executors_.free().empty();) {
    Attempt& attempt = *next->second;
    launch(attempt);
    next = attempt.queue.empty() ? queued_.erase(next) : std::next(next);
  }
}

// Gives executors first what is theirs, and only then spreads the rest over those with free slots.
void Scheduler::launch(Attempt& attempt) {
  auto& queue = attempt.queue;
  auto free = executors_.free();
  std::sort(free.begin(), free.end(), [](auto* a, auto* b) { return a->id < b->id; });
  const auto candidates = free;
  for (auto* executor : candidates) {
    while (executor->has_slot()) {
      const auto task = queue.pop_own(executor->id);
      if (!task) break;
      assign(attempt, *executor, *task);
    }
  }
  std::erase_if(free, [](const auto* executor) { return !executor->has_slot(); });
  std::make_heap(free.begin(), free.end(), more_loaded);
  while (!free.empty()) {
    const auto task = queue.pop_any();
    if (!task) break;
    std::pop_heap(free.begin(), free.end(), more_loaded);
    assign(attempt, *free.back(), *task);
    if (free.back()->has_slot()) {
      std::push_heap(free.begin(), free.end(), more_loaded);
    } else {
      free.pop_back();
    }
  }
  for (auto* executor : candidates) {
    if (executor->batch.empty()) continue;
    emit(LaunchTasks{executor->id, attempt.shipped, std::exchange(executor->batch, {})});
  }
}

void Scheduler::assign(Attempt& attempt, Executor& executor, std::uint32_t task) {
  Stage& stage = *attempt.stage;
  const TaskId id{next_task_++};
  std::uint32_t tries = 0;
  if (!stage.trouble.empty()) {
    const auto trouble = stage.trouble.find(task);
    const auto number = attempt.shipped->attempt;
    if (trouble != stage.trouble.end() && trouble->second.attempt == number) {
      tries = trouble->second.tries;
    }
  }
  stage.in_flight[task] = 1;
  ++attempt.running;
  tasks_.emplace(id, RunningTask{&attempt, task, executor.id, executors_.occupy(executor, id)});
  executor.batch.push_back({id, stage.partition(task), tries});
}

}  // namespace kindred::scheduler
