#include "tests/scheduler/simulation/watch.hpp"

#include <algorithm>

#include "tests/scheduler/simulation/executor.hpp"

namespace kindred::simulation {

using namespace kindred::scheduler;

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
    std::erase_if(maps, [&](const auto& map) {
      return map.second.at == event.executor && !map.second.doubtful;
    });
  }
  for (auto& [block, holders] : blocks_) holders.erase(event.executor);
  std::erase_if(copying_, [&](const auto& copy) { return copy.second.to == event.executor; });
}

void Watch::take(const TaskEnded& event) {
  const auto task = running_.find(event.task);
  if (task == running_.end() || task->second.executor != event.executor) return;
  to_finish_.insert(event.task);
  auto ending = event.outcome;
  for (const auto block : cached_of(ending)) has_block(block, event.executor);
  std::visit([&](const auto& outcome) { end(task->second, outcome); }, ending);
}

void Watch::end(const Running& task, const Done&) {
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
  // Where the task was to start from a block that was evicted, nothing has failed.
  auto& trouble = trouble_[{task.stage.first, task.partition}];
  if (failure.from == kNoExecutor) doubt_blocks(task.executor);
  if (failure.from == kNoExecutor && ++trouble.found_no_block < 2) return;
  failed.insert(task.stage.second);
  const auto past = [&](const MapOutput& output) { return output.number <= attempt.registrations; };
  auto& maps = outputs_[failure.shuffle];
  const auto output = maps.find(failure.map_partition);
  if (output != maps.end() && past(output->second)) output->second.doubtful = true;
  if (failed.size() < 2) return;
  for (const auto& input : *attempt.what->inputs) {
    for (auto& [map, other] : outputs_[input.shuffle]) {
      other.doubtful |= other.at == failure.from && past(other);
    }
  }
}

void Watch::end(const Running& task, const Failed& failure) {
  auto& trouble = trouble_[{task.stage.first, task.partition}];
  ++trouble.failed;
  trouble.refused |= !failure.error.retriable;
}

void Watch::end(const Running& task, const Lost&) {
  ++trouble_[{task.stage.first, task.partition}].lost;
}

void Watch::take(const ResultAnnounced& event) {
  const auto task = running_.find(event.task);
  if (task != running_.end()) task->second.announced = true;
}

void Watch::take(const BlocksDropped& event) {
  for (const auto block : event.blocks) blocks_[block].erase(event.executor);
}

void Watch::take(const RddUnpersisted& event) {
  for (auto& [block, holders] : blocks_) {
    if (block.rdd == event.rdd) holders.clear();
  }
  std::erase_if(copying_, [&](const auto& copy) { return copy.second.block.rdd == event.rdd; });
}

void Watch::take(const ShuffleForgotten& event) { forgotten_.insert(event.shuffle); }

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

// Each partition of a stage counts once, in the order of the partitions.
void Watch::check(const AccumulatorsUpdated& action) {
  require(!jobs_.at(action.job).ended, "job {} has ended, and is given updates", action.job.value);
  const auto& writers = program_.writers;
  std::optional<BlockId> before;
  for (const auto& update : action.updates) {
    const BlockId place{RddId{update.accumulator.value},
                        PartitionId{static_cast<std::uint32_t>(as_value(update.bytes))}};
    const auto writer = std::find_if(writers.begin(), writers.end(), [&](const auto& one) {
      return one->id() == place.rdd && forgotten_.contains(one->shuffle());
    });
    require(counted_.insert(place).second || writer != writers.end(),
            "what partition {} of {} added counts twice", place.partition.value, place.rdd.value);
    require(!before || before->rdd != place.rdd || before->partition < place.partition,
            "what partition {} of {} added comes after that of partition {}", place.partition.value,
            place.rdd.value, before ? before->partition.value : 0);
    before = place;
  }
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
  for (const auto partition : job.plan->partitions) {
    require(counted_.contains({job.plan->result->id(), partition}),
            "job {} succeeded, but what its partition {} added was not handed out",
            action.job.value, partition.value);
  }
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
