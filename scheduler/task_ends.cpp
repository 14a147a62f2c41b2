#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "kindred/scheduler/lineage_walk.hpp"
#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {
namespace {

// As in Spark: losing an executor is nobody's fault at first.
constexpr std::uint32_t kLeastLosses = 4;

}  // namespace

// The task is in no table any longer; its slot is the caller's concern.
RunningTask Scheduler::forget_task(TaskId id) {
  const auto found = tasks_.find(id);
  const auto task = found->second;
  tasks_.erase(found);
  --task.attempt->running;
  if (task.attempt->stage != nullptr) task.attempt->stage->in_flight[task.task] = 0;
  uncount_announced(task);
  return task;
}

static_assert(
    std::is_same_v<
        std::variant_alternative_t<static_cast<std::size_t>(TaskFinished::How::lost), TaskOutcome>,
        Lost> &&
        std::is_same_v<std::variant_alternative_t<
                           static_cast<std::size_t>(TaskFinished::How::fetch_failed), TaskOutcome>,
                       FetchFailed>,
    "TaskFinished::How has the order of TaskOutcome");

void Scheduler::report_end(TaskId id, const RunningTask& task, TaskFinished::How how,
                           TaskOutcome* outcome) {
  const auto& shipped = *task.attempt->shipped;
  TaskFinished end{id, shipped.stage, shipped.attempt, task.executor, how};
  if (outcome != nullptr) {
    if (const auto* done = std::get_if<Done>(outcome)) end.run_time = done->run_time;
    end.again = computed_again(task, *outcome);
  }
  emit(std::move(end));
}

// What the task computed that had been lost, as the tables stand before they take it in.
std::vector<KeptPartitions> Scheduler::computed_again(const RunningTask& task,
                                                      TaskOutcome& outcome) const {
  std::vector<KeptPartitions> again;
  const auto& end = *task.attempt->shipped->end;
  if (std::holds_alternative<Done>(outcome) && end.kind() == NodeKind::shuffle_writer) {
    const auto table = shuffles_.find(end.shuffle());
    if (table != shuffles_.end() && table->second.was_lost(PartitionId{task.task})) {
      again.push_back({KeptPartitions::Kind::map_outputs, table->second.op(), 1});
    }
  }
  for (const auto block : cached_of(outcome)) {
    if (blocks_.was_lost(block)) {
      again.push_back({KeptPartitions::Kind::cached, blocks_.op(block.rdd), 1});
    }
  }
  return again;
}

void Scheduler::note_lost(DataLost& lost, const MapOutputTable& table, std::size_t outputs) {
  if (outputs == 0) return;
  lost.lost.push_back(
      {KeptPartitions::Kind::map_outputs, table.op(), static_cast<std::uint32_t>(outputs)});
}

// However the task ended: its blocks are in its executor's store.
void Scheduler::note_blocks(const RunningTask& task, TaskOutcome& outcome) {
  for (const auto block : cached_of(outcome)) {
    if (!blocks_.add(block, task.executor)) {
      emit(DropBlocks{task.executor, block.rdd});
      continue;
    }
    if (blocks_.op(block.rdd).empty()) {
      const auto& end = *task.attempt->shipped->end;
      const Stage* stage = task.attempt->stage;
      const auto partition =
          stage != nullptr ? stage->partition(task.task) : PartitionId{task.task};
      const auto* node = persisted_node(block.rdd, end, partition);
      if (node != nullptr) blocks_.describe(block.rdd, op_of(*node), node->copies());
    }
    if (blocks_.copies(block.rdd) > 1) replicas_.want(block);
  }
  replicate();
}

void Scheduler::ended(const RunningTask& task, Done& outcome) {
  if (task.attempt->shipped->end->kind() == NodeKind::shuffle_writer) {
    map_done(task, std::move(outcome.updates));
  } else if (Stage* stage = task.attempt->stage; stage != nullptr && !stage->done(task.task)) {
    if (results_fit(*stage, task, outcome.value.size())) result_done(*stage, task.task, outcome);
  }
}

// The output counts whoever asked for it: an old attempt, or one whose job is gone.
void Scheduler::map_done(const RunningTask& task, AccumulatorUpdates updates) {
  const auto shuffle = task.attempt->shipped->end->shuffle();
  Stage* stage = task.attempt->stage;
  MapOutputTable* table = nullptr;
  if (stage != nullptr) {
    table = stage->outputs;
  } else {
    const auto known = shuffles_.find(shuffle);
    if (known == shuffles_.end()) {
      emit(DropShuffle{task.executor, shuffle});
      return;
    }
    table = &known->second;
    const auto live = map_stages_.find(shuffle);
    if (live != map_stages_.end()) stage = live->second;
  }
  table->updates.add(PartitionId{task.task}, std::move(updates));
  if (!table->add(PartitionId{task.task}, task.executor, ++epoch_) || stage == nullptr) return;
  if (stage->current != nullptr) stage->current->queue.remove(task.task);
  if (stage->missing() == 0) finish(*stage);
}

void Scheduler::result_done(Stage& stage, std::uint32_t task, Done& outcome) {
  if (stage.given[task]) return;
  stage.given[task] = 1;
  Job& job = *stage.jobs.front();
  const auto id = job.id;
  stage.updates().add(stage.partition(task), std::move(outcome.updates));
  emit(PartitionResult{id, stage.partition(task), std::move(outcome.value)});
  if (--stage.results_missing > 0) return;
  finish(stage);
  end_job(job, "the job has all of its results");
  emit(JobSucceeded{id});
}

void Scheduler::ended(const RunningTask& task, Failed& outcome) {
  Stage* stage = task.attempt->stage;
  if (stage == nullptr || stage->done(task.task)) return;
  auto& trouble = trouble_of(task);
  ++trouble.failed;
  note_executor(trouble, task.executor);
  if (outcome.error.retriable && !too_often(trouble)) {
    requeue(*stage, task.task);
    return;
  }
  auto& error = outcome.error;
  JobFailure failure;
  failure.message = std::move(error.message);
  failure.type = std::move(error.type);
  failure.op = error.op.empty() ? stage->end->last_op() : std::move(error.op);
  failure.attempts = trouble.failed + trouble.lost;
  fail_jobs(*stage, task, std::move(failure));
}

void Scheduler::ended(const RunningTask& task, FetchFailed& outcome) {
  Attempt& attempt = *task.attempt;
  Stage* stage = attempt.stage;
  if (stage == nullptr || stage->done(task.task)) return;
  trouble_of(task);
  // Only the newest attempt tells something new: those before it read older locations.
  if (attempt.shipped->attempt + 1 == stage->attempt_count()) lose_input(task, outcome);
  recheck_inputs();
  if (stage->fetch_failures < options_.max_stage_attempts) {
    requeue(*stage, task.task);
    return;
  }
  JobFailure failure;
  failure.message = fmt::format(
      "{} attempts in a row could not fetch map outputs; the last: partition {} of shuffle {} from "
      "executor {}: {}",
      stage->fetch_failures, outcome.map_partition.value, outcome.shuffle.value, outcome.from.value,
      outcome.message);
  failure.type = "FetchFailed";
  failure.op = stage->end->last_op();
  failure.attempts = stage->fetch_failures;
  fail_jobs(*stage, task, std::move(failure));
}

// Unregisters what could not be fetched, and ends the attempt at its first such failure.
void Scheduler::lose_input(const RunningTask& task, const FetchFailed& outcome) {
  Attempt& attempt = *task.attempt;
  const bool found_no_block = outcome.from == kNoExecutor && forget_blocks(task);
  DataLost lost{outcome.from, false, outcome.message, 0, {}};
  const auto table = shuffles_.find(outcome.shuffle);
  if (table != shuffles_.end() && table->second.remove(outcome.map_partition, attempt.epoch)) {
    note_lost(lost, table->second, 1);
    lose_output(table->second, outcome.map_partition);
  }
  end_attempt(attempt, found_no_block, lost);
  if (!lost.lost.empty()) emit(std::move(lost));
}

// Ends an attempt whose inputs are gone, at its first failure to fetch.
void Scheduler::end_attempt(Attempt& attempt, bool found_no_block, DataLost& lost) {
  if (attempt.retired) return;
  Stage& stage = *attempt.stage;
  retire(attempt);
  to_consider_.push_back(&stage);
  if (found_no_block) return;
  if (++stage.fetch_failures == 1) {
    stage.suspect_epoch = attempt.epoch;
  } else {
    distrust(stage, lost);
  }
}

// A task that was given no map outputs since it was to start from cached blocks did not find them:
// they were evicted. Nothing failed, so no attempt is counted: either something is forgotten here,
// or another task was the first to notice; but that, once for a partition, lest this never ends.
bool Scheduler::forget_blocks(const RunningTask& task) {
  Stage& stage = *task.attempt->stage;
  const auto blocks = blocks_on(task.executor, *stage.end, stage.partition(task.task), blocks_);
  bool any = false;
  for (const auto block : blocks) any |= blocks_.remove(block, task.executor);
  if (any) enqueue_anew(task.executor);
  return any || stage.trouble[task.task].found_no_block++ == 0;
}

// An executor that lost much, or is dead before it is known to be gone, would cost one attempt for
// each of its map outputs: the second failure in a row takes all that the stage reads from it, but
// for what it wrote since the first.
void Scheduler::distrust(const Stage& stage, DataLost& lost) {
  for (const auto* parent : stage.parents) {
    const auto maps = parent->outputs->remove_from(lost.executor, stage.suspect_epoch);
    note_lost(lost, *parent->outputs, maps.size());
    for (const auto map : maps) lose_output(*parent->outputs, map);
  }
}

void Scheduler::ended(const RunningTask& task, Killed&) {
  Stage* stage = task.attempt->stage;
  if (stage == nullptr || stage->done(task.task)) return;
  trouble_of(task);
  requeue(*stage, task.task);
}

void Scheduler::ended(const RunningTask& task, Lost& outcome) {
  Stage* stage = task.attempt->stage;
  if (stage == nullptr || stage->done(task.task)) return;
  auto& trouble = trouble_of(task);
  ++trouble.lost;
  const bool only_result = executors_.find(task.executor) != nullptr;
  if (only_result) {
    note_executor(trouble, task.executor);
    emit(DataLost{task.executor, false, outcome.reason, 1, {}});
  }
  if (!too_often(trouble)) {
    requeue(*stage, task.task);
    return;
  }
  JobFailure failure;
  failure.message = fmt::format("{}: {}",
                                only_result ? "the task's result was lost before the driver had it"
                                            : "the executor was lost while it ran the task",
                                outcome.reason);
  failure.type = "Lost";
  failure.op = stage->end->last_op();
  failure.attempts = trouble.failed + trouble.lost;
  fail_jobs(*stage, task, std::move(failure));
}

// Counts one more ended task of the partition.
Trouble& Scheduler::trouble_of(const RunningTask& task) {
  auto& trouble = task.attempt->stage->trouble[task.task];
  const auto attempt = task.attempt->shipped->attempt;
  if (trouble.attempt != attempt) trouble.tries = 0;
  trouble.attempt = attempt;
  ++trouble.tries;
  return trouble;
}

// Another one is tried first from now on.
void Scheduler::note_executor(Trouble& trouble, ExecutorId executor) {
  auto& tried = trouble.failed_on;
  if (std::find(tried.begin(), tried.end(), executor) == tried.end()) tried.push_back(executor);
}

bool Scheduler::too_often(const Trouble& trouble) const {
  return trouble.failed >= options_.max_task_failures ||
         trouble.failed + trouble.lost >= std::max(kLeastLosses, options_.max_task_failures);
}

void Scheduler::fail_jobs(Stage& stage, const RunningTask& task, JobFailure failure) {
  failure.stage = stage.id.value;
  failure.partition = stage.partition(task.task).value;
  failure.executor = std::to_string(task.executor.value);
  for (auto* job : std::vector(stage.jobs)) {
    const auto id = job->id;
    failure.job = id.value;
    end_job(*job, fmt::format("job {} failed", id.value));
    emit(JobFailed{id, failure});
  }
}

}  // namespace kindred::scheduler
