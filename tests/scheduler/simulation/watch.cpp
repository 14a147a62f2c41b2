#include "tests/scheduler/simulation/watch.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "tests/scheduler/simulation/executor.hpp"

namespace kindred::simulation {
namespace {

using namespace kindred::scheduler;

template <class... Arguments>
void require(bool holds, const char* text, const Arguments&... arguments) {
  if (!holds) throw Broken(fmt::format(fmt::runtime(text), arguments...));
}

}  // namespace

Watch::Watch(const Program& program, SchedulerOptions options)
    : program_(program), options_(options) {}

void Watch::told(const Event& event) {
  std::visit([this](const auto& one) { take(one); }, event);
}

void Watch::asked(const Action& action) {
  std::visit([this](const auto& one) { check(one); }, action);
}

void Watch::settled(const Scheduler& scheduler) const {
  require(to_finish_.empty(), "the end of {} tasks was not reported", to_finish_.size());
  const bool over = live_jobs_ == 0 && running_.empty() && attempts_.empty();
  require(over == scheduler.idle(), "idle() is {}, but {} jobs and {} tasks are under way",
          scheduler.idle(), live_jobs_, running_.size());
}

// ---- events ------------------------------------------------------------------------------------

void Watch::take(const JobSubmitted& event) {
  const auto plan = std::find_if(program_.jobs.begin(), program_.jobs.end(),
                                 [&](const Job& job) { return job.id == event.job; });
  jobs_[event.job].plan = &*plan;
  ++live_jobs_;
}

void Watch::take(const ExecutorJoined& event) { executors_[event.executor].slots = event.slots; }

void Watch::take(const ExecutorGone& event) {
  const auto executor = executors_.find(event.executor);
  if (executor == executors_.end()) return;
  for (const auto id : executor->second.running) {
    const auto& task = running_.at(id);
    ++trouble_[{task.stage.first, task.partition}].lost;
    to_finish_.insert(id);
  }
  executors_.erase(executor);
  for (auto& [shuffle, maps] : outputs_) {
    std::erase_if(maps, [&](const auto& map) { return map.second.at == event.executor; });
  }
  for (auto& [block, holders] : blocks_) holders.erase(event.executor);
}

void Watch::take(const TaskEnded& event) {
  const auto task = running_.find(event.task);
  if (task == running_.end() || task->second.executor != event.executor) return;
  to_finish_.insert(event.task);
  std::visit([&](const auto& outcome) { end(task->second, outcome); }, event.outcome);
}

void Watch::end(const Running& task, const Done& done) {
  for (const auto block : done.cached) blocks_[block].insert(task.executor);
  const auto& what = *attempts_.at(task.stage).what;
  if (what.end->kind() != NodeKind::shuffle_writer) return;
  outputs_[what.end->shuffle()].try_emplace(task.partition,
                                            MapOutput{task.executor, ++registrations_});
}

// The scheduler may forget that output, and with the second failure in a row all that the attempt
// reads from there; but nothing that was registered after the attempt had begun.
void Watch::end(const Running& task, const FetchFailed& failure) {
  const auto& attempt = attempts_.at(task.stage);
  auto& failed = fetch_failed_[task.stage.first];
  failed.insert(task.stage.second);
  const auto past = [&](const MapOutput& output) { return output.number <= attempt.registrations; };
  auto& maps = outputs_[failure.shuffle];
  const auto output = maps.find(failure.map_partition);
  if (output != maps.end() && past(output->second)) maps.erase(output);
  if (failed.size() < 2) return;
  for (const auto& input : *attempt.what->inputs) {
    std::erase_if(outputs_[input.shuffle], [&](const auto& map) {
      return map.second.at == failure.from && past(map.second);
    });
  }
}

void Watch::end(const Running& task, const Failed& failure) {
  auto& trouble = trouble_[{task.stage.first, task.partition}];
  ++trouble.failed;
  trouble.refused |= !failure.error.retriable;
}

void Watch::take(const BlocksDropped& event) {
  for (const auto block : event.blocks) blocks_[block].erase(event.executor);
}

void Watch::take(const RddUnpersisted& event) {
  for (auto& [block, holders] : blocks_) {
    if (block.rdd == event.rdd) holders.clear();
  }
}

// ---- tasks and stages --------------------------------------------------------------------------

void Watch::check(const StageStarted& action) {
  const StageKey key{action.stage->stage, action.stage->attempt};
  require(seen_attempts_.insert(key).second, "attempt {} of stage {} was started twice", key.second,
          key.first.value);
  for (const auto& input : *action.stage->inputs) {
    for (const auto from : input.locations) {
      require(from == kNoExecutor || executors_.contains(from),
              "stage {} is to read from executor {}, which is gone", key.first.value, from.value);
    }
  }
  attempts_[key] = {action.stage, registrations_, 0};
}

void Watch::check(const LaunchTasks& action) {
  const StageKey key{action.stage->stage, action.stage->attempt};
  const auto attempt = attempts_.find(key);
  require(attempt != attempts_.end(), "a task of attempt {} of stage {}, which is not under way",
          key.second, key.first.value);
  const auto executor = executors_.find(action.executor);
  require(executor != executors_.end(), "a task for executor {}, which is not there",
          action.executor.value);
  require(!action.tasks.empty(), "a launch of no task");
  for (const auto& task : action.tasks) {
    const Running running{key, task.partition, action.executor};
    check_task(attempt->second, running);
    require(running_.emplace(task.id, running).second, "task id {} was given twice", task.id.value);
    executor->second.running.insert(task.id);
    ++attempt->second.running;
    ++launched_;
    if (!launched_places_.insert({key.first, task.partition}).second) ++repeated_;
  }
  require(executor->second.running.size() <= executor->second.slots,
          "executor {} has {} slots and was given {} tasks", action.executor.value,
          executor->second.slots, executor->second.running.size());
}

// A partition is computed only if it is missing, and nobody else is at it.
void Watch::check_task(const Attempt& attempt, const Running& task) {
  const auto& end = *attempt.what->end;
  const auto stage = task.stage.first.value;
  if (end.kind() == NodeKind::shuffle_writer) {
    require(!outputs_[end.shuffle()].contains(task.partition),
            "partition {} of stage {} is computed again, and nobody lost it", task.partition.value,
            stage);
  } else {
    const auto& job = jobs_.at(attempt.what->job);
    require(!job.ended && !job.given.contains(task.partition),
            "partition {} of stage {} is computed, and nobody needs it", task.partition.value,
            stage);
  }
  require(places_.insert({task.stage.first, task.partition}).second,
          "partition {} of stage {} runs twice", task.partition.value, stage);
  check_inputs(attempt, task);
}

// No task is launched that could only fail.
void Watch::check_inputs(const Attempt& attempt, const Running& task) const {
  const auto& inputs = *attempt.what->inputs;
  const bool complete = std::all_of(inputs.begin(), inputs.end(), [&](const MapOutputs& input) {
    return std::all_of(input.locations.begin(), input.locations.end(),
                       [&](ExecutorId from) { return executors_.contains(from); });
  });
  if (complete) return;
  std::set<std::pair<const Node*, PartitionId>> seen;
  std::vector<std::pair<const Node*, PartitionId>> open{{attempt.what->end.get(), task.partition}};
  while (!open.empty()) {
    const auto place = open.back();
    const auto& [node, partition] = place;
    open.pop_back();
    if (!seen.insert(place).second) continue;
    const auto block = blocks_.find({node->id(), partition});
    if (node->kind() == NodeKind::persisted && block != blocks_.end() &&
        block->second.contains(task.executor)) {
      continue;
    }
    for (const auto& input : inputs) {
      for (const auto& parent : node->parents()) {
        if (parent->kind() != NodeKind::shuffle_writer || parent->shuffle() != input.shuffle) {
          continue;
        }
        const auto missing =
            std::find_if(input.locations.begin(), input.locations.end(),
                         [&](ExecutorId from) { return !executors_.contains(from); });
        require(missing == input.locations.end(),
                "partition {} of stage {} is run on executor {}, where it can only fail: "
                "partition {} of shuffle {} is nowhere",
                task.partition.value, task.stage.first.value, task.executor.value,
                missing - input.locations.begin(), input.shuffle.value);
      }
    }
    for (const auto& [parent, above] : node->narrow_parents(partition)) {
      open.emplace_back(node->parents()[parent].get(), above);
    }
  }
}

void Watch::check(const KillTask& action) {
  const auto task = running_.find(action.task);
  require(task != running_.end(), "task {} is to be killed, which does not run", action.task.value);
  task->second.killed = true;
  places_.erase({task->second.stage.first, task->second.partition});
}

void Watch::check(const TaskFinished& action) {
  require(to_finish_.erase(action.task) == 1, "task {} is said to have ended, but has not",
          action.task.value);
  const auto task = running_.find(action.task);
  require(task->second.stage == StageKey{action.stage, action.attempt} &&
              task->second.executor == action.executor,
          "the end of task {} was reported for another", action.task.value);
  --attempts_.at(task->second.stage).running;
  const auto executor = executors_.find(action.executor);
  if (executor != executors_.end()) executor->second.running.erase(action.task);
  if (!task->second.killed) places_.erase({task->second.stage.first, task->second.partition});
  running_.erase(task);
}

void Watch::check(const StageFinished& action) {
  const auto attempt = attempts_.find({action.stage, action.attempt});
  require(attempt != attempts_.end() && attempt->second.running == 0,
          "attempt {} of stage {} is closed, but is not over", action.attempt, action.stage.value);
  attempts_.erase(attempt);
  if (action.failed) return;
  fetch_failed_.erase(action.stage);
  trouble_.erase(trouble_.lower_bound({action.stage, PartitionId{0}}),
                 trouble_.upper_bound({action.stage, PartitionId{~0U}}));
}

void Watch::check(const DropShuffle& action) {
  std::erase_if(outputs_[action.shuffle],
                [&](const auto& map) { return map.second.at == action.executor; });
}

void Watch::check(const DropBlocks& action) {
  for (auto& [block, holders] : blocks_) {
    if (block.rdd == action.rdd) holders.erase(action.executor);
  }
}

// ---- jobs --------------------------------------------------------------------------------------

void Watch::check(const PartitionResult& action) {
  auto& job = jobs_.at(action.job);
  const auto partition = action.partition;
  require(!job.ended, "a result of job {}, which has ended", action.job.value);
  require(job.given.insert(partition).second, "job {} was given partition {} twice",
          action.job.value, partition.value);
  require(as_value(action.value.bytes) == truth_.evaluate(*job.plan->result, partition),
          "job {} was given a wrong value for partition {}", action.job.value, partition.value);
}

Watch::JobState& Watch::end_job(JobId id) {
  auto& job = jobs_.at(id);
  require(!job.ended, "job {} ended twice", id.value);
  job.ended = true;
  --live_jobs_;
  return job;
}

void Watch::check(const JobSucceeded& action) {
  const auto& job = end_job(action.job);
  require(job.given.size() == job.plan->partitions.size(), "job {} lacks results",
          action.job.value);
  require(!job.plan->doomed, "job {} succeeded, but cannot", action.job.value);
  ++endings_.succeeded;
}

// A job may fail only where the events say why.
void Watch::check(const JobFailed& action) {
  end_job(action.job);
  ++endings_.failed;
  const auto& failure = action.failure;
  const StageId stage{failure.stage};
  const auto& trouble = trouble_[{stage, PartitionId{failure.partition}}];
  const auto both = trouble.failed + trouble.lost;
  const auto most = std::max(4U, options_.max_task_failures);
  bool justified = false;
  if (failure.type == "FetchFailed") {
    justified = fetch_failed_[stage].size() >= options_.max_stage_attempts;
  } else if (failure.type == "Lost") {
    justified = both >= most;
  } else {
    justified = trouble.refused || trouble.failed >= options_.max_task_failures || both >= most;
  }
  require(justified, "job {} failed without a reason: {} ({}), {} failures and {} losses of it",
          action.job.value, failure.message, failure.type, trouble.failed, trouble.lost);
}

void Watch::check(const JobStopped& action) {
  const auto& job = end_job(action.job);
  require(job.plan->cancelled.has_value(), "job {} was stopped by nobody", action.job.value);
  ++endings_.stopped;
}

}  // namespace kindred::simulation
