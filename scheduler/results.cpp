#include <fmt/format.h>
#include <utility>

#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {

// Where its job has ended it may have been asked to end before it could tell of its result, which
// nobody would know of then: so it is asked again.
void Scheduler::take(ResultAnnounced& event) {
  const auto found = tasks_.find(event.task);
  if (found == tasks_.end() || found->second.executor != event.executor) return;
  auto& task = found->second;
  Stage* stage = task.attempt->stage;
  if (stage == nullptr || stage->outputs != nullptr || stage->done(task.task)) {
    emit(KillTask{event.executor, event.task, "nobody wants its result"});
    return;
  }
  if (task.announced > 0) return;
  task.announced = event.bytes;
  if (results_fit(*stage, task, event.bytes)) emit(FetchResult{event.executor, event.task});
}

// Counts one more result. Fails the job whose results are more together than the driver is to hold.
bool Scheduler::results_fit(Stage& stage, const RunningTask& task, std::uint64_t bytes) {
  Job& job = *stage.jobs.front();
  job.result_bytes += bytes;
  ++job.results;
  if (options_.max_result_bytes == 0 || job.result_bytes <= options_.max_result_bytes) return true;
  JobFailure failure;
  failure.message = fmt::format(
      "the results of {} of {} tasks have {} bytes together, and kindred.driver.max_result_size is "
      "{}: bring fewer rows to the driver (take, reduce, save_as_text_file), or raise it; 0 is no "
      "limit",
      job.results, stage.tasks(), job.result_bytes, options_.max_result_bytes);
  failure.type = "kindred::UsageError";
  failure.op = stage.end->last_op();
  failure.attempts = 1;
  fail_jobs(stage, task, std::move(failure));
  return false;
}

// The task has ended: if it is done, its result counts from now on as one that is here.
void Scheduler::uncount_announced(const RunningTask& task) {
  if (task.announced == 0 || task.attempt->stage == nullptr) return;
  Job& job = *task.attempt->stage->jobs.front();
  job.result_bytes -= task.announced;
  --job.results;
}

}  // namespace kindred::scheduler
