#include "kindred/scheduler/scheduler.hpp"

#include <algorithm>
#include <variant>

#include "kindred/scheduler/stage_graph.hpp"

namespace kindred::scheduler {

Scheduler::Scheduler(SchedulerOptions options) : options_(options) {}
Scheduler::~Scheduler() = default;

Actions Scheduler::on(TimePoint now, Event event) {
  now_ = now;
  std::visit([this](auto& given) { take(given); }, event);
  settle();
  dispatch();
  if (tasks_.empty()) blocks_.forget_unpersisted();
  auto actions = std::exchange(actions_, {});
  // Last of all: this may destroy nodes, whose destructors run code of the driver.
  const auto stages = std::exchange(ended_stages_, {});
  const auto attempts = std::exchange(ended_attempts_, {});
  return actions;
}

bool Scheduler::idle() const {
  return jobs_.empty() && stages_.empty() && map_stages_.empty() && attempts_.empty() &&
         tasks_.empty() && queued_.empty();
}

bool Scheduler::empty() const {
  return idle() && executors_.all().empty() && shuffles_.empty() && blocks_.empty() &&
         replicas_.empty();
}

void Scheduler::take(JobSubmitted& event) {
  if (event.partitions.empty()) {
    emit(JobSucceeded{event.job});
    return;
  }
  auto& place = jobs_[event.job];
  if (place != nullptr) return;
  place = std::make_unique<Job>();
  Job& job = *place;
  job.id = event.job;
  job.sequence = next_job_++;
  enlist(job, event);
  to_consider_.push_back(job.stages.back());
  settle();
  for (const auto* stage : job.stages) {
    if (stage->state == StageState::idle) emit(StageSkipped{job.id, stage->id});
  }
}

// Makes the stages of the job, or joins those that other jobs have under way.
void Scheduler::enlist(Job& job, const JobSubmitted& event) {
  const StageGraph graph(event.result);
  job.stages.reserve(graph.stages().size());
  for (const auto& cut : graph.stages()) {
    const bool is_result = cut.end == event.result;
    Stage& stage = is_result ? add_stage(StageId{next_stage_++}, cut.end, event.partitions.size())
                             : map_stage(cut.end);
    job.stages.push_back(&stage);
    stage.jobs.push_back(&job);
    if (is_result) {
      stage.partitions = event.partitions;
      stage.given.resize(event.partitions.size());
      stage.results_missing = event.partitions.size();
    }
    if (stage.jobs.size() > 1) continue;
    stage.persisted = cut.persisted;
    for (const auto parent : cut.parents) {
      stage.parents.push_back(job.stages[parent]);
      job.stages[parent]->readers.push_back(&stage);
    }
  }
}

Stage& Scheduler::map_stage(const std::shared_ptr<const StageEnd>& end) {
  const auto shuffle = end->shuffle();
  if (const auto known = map_stages_.find(shuffle); known != map_stages_.end()) {
    return *known->second;
  }
  auto table = shuffles_.find(shuffle);
  if (table == shuffles_.end()) {
    const StageId id{next_stage_++};
    table = shuffles_.try_emplace(shuffle, id, shuffle, end->partitions(), end->last_op()).first;
  }
  Stage& stage = add_stage(table->second.stage(), end, end->partitions());
  stage.outputs = &table->second;
  map_stages_.emplace(shuffle, &stage);
  return stage;
}

Stage& Scheduler::add_stage(StageId id, const std::shared_ptr<const StageEnd>& end,
                            std::size_t tasks) {
  auto stage = std::make_unique<Stage>();
  stage->id = id;
  stage->end = end;
  stage->in_flight.resize(tasks);
  return *(stages_[id] = std::move(stage));
}

// Leaves the job's stages; those that no other job has end with it. The caller adds the job's last
// action.
void Scheduler::end_job(Job& job, const std::string& reason) {
  hand_out_updates(job);
  for (auto* stage : job.stages) std::erase(stage->jobs, &job);
  std::set<const Attempt*> attempts;
  for (const auto* stage : job.stages) {
    if (stage->jobs.empty()) attempts.insert(stage->attempts.begin(), stage->attempts.end());
  }
  kill_tasks(attempts, reason);
  // Those that read come first, so that parents have no readers left.
  for (auto stage = job.stages.rbegin(); stage != job.stages.rend(); ++stage) {
    if ((*stage)->jobs.empty()) abandon(**stage);
  }
  jobs_.erase(JobId{job.id});
}

// A map stage that other jobs have under way gives what it has by now to the job that ends first.
void Scheduler::hand_out_updates(const Job& job) {
  AccumulatorUpdates updates;
  for (auto* stage : job.stages) stage->updates().move_to(updates);
  if (!updates.empty()) emit(AccumulatorsUpdated{job.id, std::move(updates)});
}

void Scheduler::abandon(Stage& stage) {
  for (auto* attempt : std::exchange(stage.attempts, {})) {
    retire(*attempt);
    attempt->stage = nullptr;
    close_if_over(*attempt);
  }
  for (auto* parent : stage.parents) std::erase(parent->readers, &stage);
  if (stage.outputs != nullptr) {
    const auto shuffle = stage.outputs->outputs().shuffle;
    map_stages_.erase(shuffle);
    if (stage.outputs->forgotten) drop_shuffle(shuffle);
    stage.outputs = nullptr;
  }
  const auto place = stages_.find(stage.id);
  ended_stages_.push_back(std::move(place->second));
  stages_.erase(place);
}

void Scheduler::kill_tasks(const std::set<const Attempt*>& attempts, const std::string& reason) {
  const bool none = std::all_of(attempts.begin(), attempts.end(),
                                [](const auto* attempt) { return attempt->running == 0; });
  if (none) return;
  for (const auto& [id, executor] : executors_.all()) {
    for (const auto task : executor->running) {
      if (attempts.contains(tasks_.at(task).attempt)) {
        emit(KillTask{id, task, reason});
      }
    }
  }
}

void Scheduler::take(JobCancelled& event) {
  const auto found = jobs_.find(event.job);
  if (found == jobs_.end()) return;
  end_job(*found->second, event.reason);
  emit(JobStopped{event.job, event.reason});
}

void Scheduler::take(StageCancelled& event) {
  const auto found = stages_.find(event.stage);
  if (found == stages_.end()) return;
  // A copy: the stage may end with the first of them.
  for (auto* job : std::vector(found->second->jobs)) {
    const auto id = job->id;
    end_job(*job, event.reason);
    emit(JobStopped{id, event.reason});
  }
}

void Scheduler::take(ExecutorJoined& event) {
  if (executors_.add(event.executor, event.slots, event.host) == nullptr) return;
  replicas_.joined(event.executor);
  replicate();
  // Tasks that prefer a host may have been queued when no executor was there to match it.
  for (const auto& [turn, attempt] : queued_) {
    auto& wanted = attempt->wanted_hosts;
    if (wanted.empty()) continue;
    for (const auto& name : {std::to_string(event.executor.value), event.host}) {
      const auto tasks = wanted.find(name);
      if (tasks == wanted.end()) continue;
      for (const auto task : std::vector(tasks->second)) {
        if (attempt->queue.contains(task)) enqueue(*attempt, task);
      }
      wanted.erase(name);
    }
  }
}

void Scheduler::take(ExecutorGone& event) {
  auto* executor = executors_.find(event.executor);
  if (executor == nullptr) return;
  const auto tasks = static_cast<std::uint32_t>(executor->running.size());
  auto [blocks, elsewhere] = blocks_.remove_executor(event.executor);
  DataLost lost{event.executor, true, event.reason, tasks, std::move(blocks), std::move(elsewhere)};
  replicas_.gone(event.executor);
  auto lost_ids = executor->running;
  std::sort(lost_ids.begin(), lost_ids.end());
  // First, so that a job that fails of it tells of the culprit.
  const auto culprit = event.culprit ? event.culprit->task : TaskId{~std::uint64_t{0}};
  std::stable_partition(lost_ids.begin(), lost_ids.end(), [&](auto id) { return id == culprit; });
  executors_.remove(*executor);
  for (auto& [id, table] : shuffles_) {
    const auto maps = table.remove_executor(event.executor);
    note_lost(lost, table, maps.size());
    for (const auto map : maps) lose_output(table, map);
  }
  emit(std::move(lost));
  // One after the other, so that the attempts of those to come stay open.
  for (const auto id : lost_ids) {
    const auto task = forget_task(id);
    const bool took_it_down = id == culprit;
    report_end(id, task, took_it_down ? TaskFinished::How::failed : TaskFinished::How::lost);
    TaskOutcome outcome = Lost{event.reason};
    if (took_it_down) outcome = Failed{std::move(event.culprit->error)};
    std::visit([&](auto& how) { ended(task, how); }, outcome);
    close_if_over(*task.attempt);
  }
  enqueue_anew(event.executor);
  recheck_inputs();
  replicate();
}

void Scheduler::take(TaskEnded& event) {
  const auto found = tasks_.find(event.task);
  if (found == tasks_.end() || found->second.executor != event.executor) return;
  auto& executor = *executors_.find(event.executor);
  const auto slot = found->second.slot;
  executors_.release(executor, slot);
  if (slot < executor.running.size()) tasks_.at(executor.running[slot]).slot = slot;
  const auto task = forget_task(event.task);
  report_end(event.task, task, static_cast<TaskFinished::How>(event.outcome.index()),
             &event.outcome);
  note_blocks(task, event.outcome);
  std::visit([&](auto& outcome) { ended(task, outcome); }, event.outcome);
  close_if_over(*task.attempt);
}

void Scheduler::take(BlocksDropped& event) {
  bool any = false;
  for (const auto block : event.blocks) any |= blocks_.remove(block, event.executor);
  if (!any) return;
  enqueue_anew(event.executor);
  recheck_inputs();
}

void Scheduler::take(RddUnpersisted& event) {
  std::set<ExecutorId> holders;
  for (const auto executor : blocks_.unpersist(event.rdd)) holders.insert(executor);
  for (const auto executor : replicas_.forget(event.rdd)) holders.insert(executor);
  for (const auto executor : holders) emit(DropBlocks{executor, event.rdd});
  recheck_inputs();
}

void Scheduler::take(ShuffleForgotten& event) {
  const auto table = shuffles_.find(event.shuffle);
  if (table == shuffles_.end()) return;
  if (map_stages_.contains(event.shuffle)) {
    table->second.forgotten = true;
  } else {
    drop_shuffle(event.shuffle);
  }
}

void Scheduler::take(TimePassed&) {
  if (wake_at_ && *wake_at_ <= now_) wake_at_.reset();
}

// Only so that it comes after the launches that were asked for before, and before those after it.
void Scheduler::take(BroadcastDropped& event) { emit(DropBroadcast{event.broadcast}); }

void Scheduler::drop_shuffle(ShuffleId shuffle) {
  const auto table = shuffles_.find(shuffle);
  for (const auto executor : table->second.writers()) {
    emit(DropShuffle{executor, shuffle});
  }
  shuffles_.erase(table);
}

}  // namespace kindred::scheduler
