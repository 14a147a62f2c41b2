#include <algorithm>
#include <utility>

#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {
namespace {

void sort_unique(std::vector<ExecutorId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

// An executor with a free slot has no task of its own waiting afterwards, so that the next time
// only those need a look that were freed since, or got a task of their own.
void Scheduler::dispatch() {
  const auto freed = executors_.take_freed();
  for (auto next = queued_.begin(); next != queued_.end();) {
    Attempt& attempt = *next->second;
    if (executors_.least_loaded() != nullptr) launch(attempt, freed);
    next = attempt.queue.empty() ? queued_.erase(next) : std::next(next);
  }
  ask_to_wake();
}

// Gives executors first what is theirs, and only then spreads the rest over those with free slots.
void Scheduler::launch(Attempt& attempt, const std::vector<ExecutorId>& freed) {
  auto& queue = attempt.queue;
  auto candidates = queue.take_touched();
  candidates.insert(candidates.end(), freed.begin(), freed.end());
  sort_unique(candidates);
  for (const auto id : candidates) {
    auto* executor = executors_.find(id);
    while (executor != nullptr && executor->has_slot()) {
      const auto task = queue.pop_own(id);
      if (!task) break;
      assign(attempt, *executor, *task);
    }
  }
  for (const auto& executors : queue.avoided()) {
    while (auto* executor = executors_.least_loaded_beside(executors)) {
      const auto task = queue.pop_avoiding(executors);
      if (!task) break;
      assign(attempt, *executor, *task);
    }
  }
  while (auto* executor = executors_.least_loaded()) {
    const auto task = queue.pop_any();
    if (!task) break;
    assign(attempt, *executor, *task);
  }
  end_patience(attempt);
  emit_launches(attempt);
}

// Slots have been free for long enough while tasks waited for other executors: those that have what
// the tasks want may be slow, or hang. Each free slot gets one; then the wait begins anew.
void Scheduler::end_patience(Attempt& attempt) {
  auto& queue = attempt.queue;
  auto& since = attempt.waiting_since;
  if (since && now_ - *since >= options_.locality_wait) {
    while (auto* executor = executors_.least_loaded()) {
      const auto task = queue.pop_patient();
      if (!task) break;
      assign(attempt, *executor, *task);
    }
    since.reset();
  }
  if (executors_.least_loaded() == nullptr || !queue.has_patient()) {
    since.reset();
  } else if (!since) {
    since = now_;
  }
}

void Scheduler::ask_to_wake() {
  std::optional<TimePoint> first;
  for (const auto& [turn, attempt] : queued_) {
    auto& since = attempt->waiting_since;
    if (executors_.least_loaded() == nullptr) since.reset();
    if (since && (!first || *since < *first)) first = since;
  }
  if (!first) return;
  const auto time = *first + options_.locality_wait;
  if (wake_at_ && *wake_at_ <= time) return;
  wake_at_ = time;
  emit(WakeAt{time});
}

void Scheduler::emit_launches(const Attempt& attempt) {
  std::sort(launching_.begin(), launching_.end(), [](auto* a, auto* b) { return a->id < b->id; });
  for (auto* executor : launching_) {
    emit(LaunchTasks{executor->id, attempt.shipped, std::exchange(executor->batch, {})});
  }
  launching_.clear();
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
  if (executor.batch.empty()) launching_.push_back(&executor);
  executor.batch.push_back({id, stage.partition(task), tries});
}

}  // namespace kindred::scheduler
