#include <algorithm>
#include <utility>

#include "kindred/scheduler/lineage_walk.hpp"
#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {

// Starts what can run now, with a list instead of recursion: lineages are as long as users like.
void Scheduler::settle() {
  while (!to_consider_.empty()) {
    auto* stage = to_consider_.back();
    to_consider_.pop_back();
    consider(*stage);
  }
}

// Starts a stage that is needed, or makes it wait for the parents that have to run before.
void Scheduler::consider(Stage& stage) {
  if (stage.jobs.empty() || stage.state != StageState::idle || stage.missing() == 0) return;
  stage.awaited = missing_parents(stage);
  if (stage.awaited.empty()) {
    start(stage);
    return;
  }
  stage.state = StageState::waiting;
  for (auto parent = stage.awaited.rbegin(); parent != stage.awaited.rend(); ++parent) {
    to_consider_.push_back(*parent);
  }
}

// Of the tasks that are neither done nor running.
std::vector<PartitionId> Scheduler::waiting_partitions(const Stage& stage) {
  std::vector<PartitionId> partitions;
  for (std::uint32_t task = 0; task < stage.tasks(); ++task) {
    if (!stage.done(task) && !stage.in_flight[task]) partitions.push_back(stage.partition(task));
  }
  return partitions;
}

// The parents that lack map outputs, unless cached blocks make them needless for the tasks that are
// neither done nor running.
std::vector<Stage*> Scheduler::missing_parents(const Stage& stage) const {
  std::vector<Stage*> missing;
  for (auto* parent : stage.parents) {
    if (parent->missing() > 0) missing.push_back(parent);
  }
  if (missing.empty()) return missing;
  const auto partitions = waiting_partitions(stage);
  if (partitions.empty()) return {};
  if (!stage.persisted || blocks_.empty()) return missing;
  const auto needed = needed_shuffles(*stage.end, partitions, blocks_);
  std::erase_if(missing, [&](const Stage* parent) {
    return !needed.contains(parent->outputs->outputs().shuffle);
  });
  return missing;
}

// Starts an attempt for the tasks that are neither done nor still running in an earlier attempt.
void Scheduler::start(Stage& stage) {
  stage.state = StageState::running;
  std::vector<std::uint32_t> tasks;
  for (std::uint32_t task = 0; task < stage.tasks(); ++task) {
    if (!stage.done(task) && !stage.in_flight[task]) tasks.push_back(task);
  }
  if (tasks.empty()) return;
  auto owned = std::make_unique<Attempt>(describe(stage), stage, stage.jobs.front()->sequence);
  Attempt& attempt = *owned;
  attempts_.emplace(&attempt, std::move(owned));
  attempt.epoch = epoch_;
  attempt.removals = stage.removed_inputs();
  for (const auto* parent : stage.parents) {
    if (parent->missing() > 0) attempt.lacking.push_back(parent->outputs->outputs().shuffle);
  }
  stage.attempts.push_back(&attempt);
  stage.current = &attempt;
  emit(StageStarted{attempt.shipped, static_cast<std::uint32_t>(tasks.size())});
  for (const auto task : tasks) enqueue(attempt, task);
}

std::shared_ptr<const StageAttempt> Scheduler::describe(Stage& stage) {
  auto inputs = std::make_shared<MapOutputsList>();
  inputs->reserve(stage.parents.size());
  for (const auto* parent : stage.parents) inputs->push_back(parent->outputs->outputs());
  auto described = std::make_shared<StageAttempt>();
  described->stage = stage.id;
  described->attempt = stage.attempt_count()++;
  described->job = stage.jobs.front()->id;
  described->end = stage.end;
  described->inputs = std::move(inputs);
  return described;
}

// Where the task is best run. One that starts from a cached block waits for an executor that has
// it, since blocks are read where they are and anything else would compute it again; for good where
// the inputs for that are not there.
void Scheduler::enqueue(Attempt& attempt, std::uint32_t task) {
  Stage& stage = *attempt.stage;
  if (attempt.queue.empty()) queued_.emplace(turn(attempt), &attempt);
  std::size_t unlimited = ~std::size_t{0};
  const auto start = task_start(*stage.end, stage.partition(task), blocks_, stage.persisted,
                                stage.persisted ? unlimited : attempt.locality_steps);
  const auto avoid = to_avoid(stage, task);
  // Without its shuffles the task can only start from the block, even where it failed before.
  if (!start.cached.empty() && (avoid.empty() || !attempt.lacking.empty())) {
    attempt.queue.push_bound(task, start.cached, !attempt.lacking.empty());
  } else if (!avoid.empty()) {
    attempt.queue.push_avoiding(task, avoid);
  } else if (start.hosts.empty()) {
    attempt.queue.push(task);
  } else {
    prefer(attempt, task, start.hosts);
  }
}

void Scheduler::prefer(Attempt& attempt, std::uint32_t task,
                       const std::vector<std::string>& hosts) {
  for (const auto& host : hosts) {
    if (executors_.named({host}).empty()) attempt.wanted_hosts[host].push_back(task);
  }
  const auto preferred = executors_.named(hosts);
  preferred.empty() ? attempt.queue.push(task) : attempt.queue.push_preferring(task, preferred);
}

// The executor, or a block that it had, is gone: what waits for it may have to look elsewhere. It
// may also have been the last one on which a task had not failed.
void Scheduler::enqueue_anew(ExecutorId executor) {
  std::vector<Attempt*> queued;
  for (const auto& [turn, attempt] : queued_) queued.push_back(attempt);
  const bool gone = executors_.find(executor) == nullptr;
  for (auto* attempt : queued) {
    for (const auto task : attempt->queue.take_lane(executor)) enqueue(*attempt, task);
    if (!gone) continue;
    for (const auto task : attempt->queue.take_avoiding()) enqueue(*attempt, task);
  }
}

// The executors on which a task has failed, sorted, as long as there are others.
std::vector<ExecutorId> Scheduler::to_avoid(const Stage& stage, std::uint32_t task) const {
  if (stage.trouble.empty()) return {};
  const auto trouble = stage.trouble.find(task);
  if (trouble == stage.trouble.end()) return {};
  auto tried = trouble->second.failed_on;
  std::erase_if(tried, [this](ExecutorId id) { return !executors_.all().contains(id); });
  if (tried.size() == executors_.all().size()) return {};
  std::sort(tried.begin(), tried.end());
  return tried;
}

// A task that is not done, and does not run any longer, has to run again.
void Scheduler::requeue(Stage& stage, std::uint32_t task) {
  if (stage.done(task) || stage.in_flight[task]) return;
  if (stage.current != nullptr && outdated(*stage.current)) {
    auto& attempt = *stage.current;
    retire(attempt);
    close_if_over(attempt);
    to_consider_.push_back(&stage);
  } else if (stage.current != nullptr) {
    enqueue(*stage.current, task);
  } else if (stage.state == StageState::running) {
    stage.state = StageState::idle;
    to_consider_.push_back(&stage);
  }
}

// All of the stage is there: its attempts end, and who waited for it may run.
void Scheduler::finish(Stage& stage) {
  if (stage.current != nullptr) stage.current->succeeded = true;
  for (auto* attempt : std::vector(stage.attempts)) {
    retire(*attempt);
    close_if_over(*attempt);
  }
  stage.state = StageState::idle;
  stage.awaited.clear();
  stage.trouble.clear();
  stage.fetch_failures = 0;
  for (auto* reader : stage.readers) {
    if (std::erase(reader->awaited, &stage) == 0 || !reader->awaited.empty()) continue;
    reader->state = StageState::idle;
    to_consider_.push_back(reader);
  }
}

// From here on the attempt takes no tasks; those that run may still be of use.
void Scheduler::retire(Attempt& attempt) {
  if (attempt.retired) return;
  attempt.retired = true;
  attempt.queue.clear();
  attempt.wanted_hosts.clear();
  attempt.waiting_since.reset();
  queued_.erase(turn(attempt));
  if (attempt.stage != nullptr && attempt.stage->current == &attempt) {
    attempt.stage->current = nullptr;
    attempt.stage->state = StageState::idle;
  }
}

void Scheduler::close_if_over(Attempt& attempt) {
  if (!attempt.retired || attempt.running > 0) return;
  const auto place = attempts_.find(&attempt);
  if (place == attempts_.end()) return;
  if (attempt.stage != nullptr) std::erase(attempt.stage->attempts, &attempt);
  emit(StageFinished{attempt.shipped->stage, attempt.shipped->attempt, !attempt.succeeded});
  ended_attempts_.push_back(std::move(place->second));
  attempts_.erase(place);
}

// A map output that was unregistered: a stage that runs just now computes it as well. Others are
// looked at when something reads them.
void Scheduler::lose_output(MapOutputTable& table, PartitionId map) {
  const auto stage = map_stages_.find(table.outputs().shuffle);
  if (stage == map_stages_.end() || stage->second->state != StageState::running) return;
  requeue(*stage->second, map.value);
}

// Whether a task that is launched now could not read what the attempt was told of.
bool Scheduler::outdated(const Attempt& attempt) const {
  const Stage& stage = *attempt.stage;
  if (stage.removed_inputs() != attempt.removals) return true;
  if (attempt.lacking.empty()) return false;
  // It relies on cached blocks, which come and go.
  const auto needed = needed_shuffles(*stage.end, waiting_partitions(stage), blocks_);
  return std::any_of(attempt.lacking.begin(), attempt.lacking.end(),
                     [&](ShuffleId shuffle) { return needed.contains(shuffle); });
}

// Outputs or blocks are gone: attempts whose waiting tasks need them would only fail to fetch.
void Scheduler::recheck_inputs() {
  std::vector<Attempt*> queued;
  for (const auto& [turn, attempt] : queued_) {
    if (!attempt->queue.empty()) queued.push_back(attempt);
  }
  for (auto* attempt : queued) {
    if (!outdated(*attempt)) continue;
    to_consider_.push_back(attempt->stage);
    retire(*attempt);
    close_if_over(*attempt);
  }
}

}  // namespace kindred::scheduler
