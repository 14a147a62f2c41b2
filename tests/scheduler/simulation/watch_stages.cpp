#include <algorithm>
#include <iterator>

#include "tests/scheduler/simulation/watch.hpp"

namespace kindred::simulation {

using namespace kindred::scheduler;

namespace {

// Shows what a partition is computed from without a shuffle, as long as `visit` wants to go on.
template <class Visit>
void walk(const Node& end, PartitionId partition, Visit visit) {
  std::set<std::pair<const Node*, PartitionId>> seen;
  std::vector<std::pair<const Node*, PartitionId>> open{{&end, partition}};
  while (!open.empty()) {
    const auto place = open.back();
    const auto& [node, at] = place;
    open.pop_back();
    if (!seen.insert(place).second || !visit(*node, at)) continue;
    for (const auto& [parent, above] : node->narrow_parents(at)) {
      open.emplace_back(node->parents()[parent].get(), above);
    }
  }
}

}  // namespace

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
    auto& maps = outputs_[end.shuffle()];
    const auto output = maps.find(task.partition);
    require(output == maps.end() || output->second.doubtful,
            "partition {} of stage {} is computed again, and nobody lost it", task.partition.value,
            stage);
    if (output != maps.end()) maps.erase(output);
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
  const auto missing_in = [&](const MapOutputs& input) {
    return std::find_if(input.locations.begin(), input.locations.end(),
                        [&](ExecutorId from) { return !executors_.contains(from); }) -
           input.locations.begin();
  };
  const bool complete = std::all_of(inputs.begin(), inputs.end(), [&](const MapOutputs& input) {
    return missing_in(input) == std::ssize(input.locations);
  });
  if (complete) return;
  walk(*attempt.what->end, task.partition, [&](const Node& node, PartitionId partition) {
    if (holds(task.executor, node, partition)) return false;
    for (const auto& parent : node.parents()) {
      for (const auto& input : inputs) {
        if (parent->kind() != NodeKind::shuffle_writer || parent->shuffle() != input.shuffle) {
          continue;
        }
        const auto missing = missing_in(input);
        require(missing == std::ssize(input.locations),
                "partition {} of stage {} is run on executor {}, where it can only fail: "
                "partition {} of shuffle {} is nowhere",
                task.partition.value, task.stage.first.value, task.executor.value, missing,
                input.shuffle.value);
      }
    }
    return true;
  });
}

bool Watch::holds(ExecutorId executor, const Node& node, PartitionId partition) const {
  if (node.kind() != NodeKind::persisted) return false;
  const auto block = blocks_.find({node.id(), partition});
  return block != blocks_.end() && block->second.contains(executor);
}

void Watch::check(const KillTask& action) {
  const auto task = running_.find(action.task);
  require(task != running_.end(), "task {} is to be killed, which does not run", action.task.value);
  task->second.killed = true;
  places_.erase({task->second.stage.first, task->second.partition});
}

void Watch::check(const FetchResult& action) {
  const auto task = running_.find(action.task);
  require(task != running_.end() && task->second.announced && !task->second.killed,
          "the result of task {} is to be read, which has none that anybody wants",
          action.task.value);
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

void Watch::check(const DropShuffle& action) { outputs_.erase(action.shuffle); }

void Watch::check(const DropBlocks& action) {
  for (auto& [block, holders] : blocks_) {
    if (block.rdd == action.rdd) holders.erase(action.executor);
  }
}

}  // namespace kindred::simulation
