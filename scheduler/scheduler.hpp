// What runs next: jobs cut into stages, stages into tasks, tasks given to executors, and what was
// lost computed again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kindred/scheduler/cached_blocks.hpp"
#include "kindred/scheduler/event.hpp"
#include "kindred/scheduler/executor_table.hpp"
#include "kindred/scheduler/replicas.hpp"
#include "kindred/scheduler/stage_run.hpp"

namespace kindred::scheduler {

struct SchedulerOptions {
  /// Tries of a task, in all, before its jobs fail because the user's function threw. A task that
  /// was lost with its executor is tried at least 4 times.
  std::uint32_t max_task_failures = 1;
  /// Attempts at a stage, one after the other, that may end with a failure to fetch map outputs.
  std::uint32_t max_stage_attempts = 4;
  /// The most bytes that the results of one job may have together; 0: no limit (as Spark's
  /// spark.driver.maxResultSize). Those that wait on executors count as soon as they are announced.
  std::uint64_t max_result_bytes = 0;
  /// How long tasks wait for the executors that have their cached blocks, or on which they have not
  /// failed yet, while others have free slots (as Spark's spark.locality.wait).
  std::chrono::milliseconds locality_wait{3'000};
};

/// The scheduler as a state machine: no thread, clock or I/O, so one thread at a time may use it.
/// The same events in the same order give the same actions.
///
/// The nodes of jobs that ended are released when on() has done all else; their destructors must
/// not call on().
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options = {});
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  /// Takes one event and returns what has to be done, in this order.
  Actions on(TimePoint now, Event event);

  /// True when no job, stage attempt or task is left in any table. Executors, map outputs and
  /// cached blocks may remain.
  bool idle() const;
  /// True when it is idle and knows of no executor, map output or cached block either.
  bool empty() const;
  /// Copies of cached blocks that were asked for and have not ended.
  std::size_t replicas_under_way() const { return replicas_.under_way(); }

 private:
  // In place: GCC 12 takes moving a temporary variant for a use of what it does not hold.
  template <class A>
  void emit(A action) {
    actions_.emplace_back(std::in_place_type<A>, std::move(action));
  }

  // scheduler.cpp: one for each event, and jobs.
  void take(JobSubmitted& event);
  void take(JobCancelled& event);
  void take(StageCancelled& event);
  void take(ExecutorJoined& event);
  void take(ExecutorGone& event);
  void take(TaskEnded& event);
  void take(BlocksDropped& event);
  void take(ReplicaEnded& event);  // in replication.cpp
  void take(RddUnpersisted& event);
  void take(ShuffleForgotten& event);
  void take(TimePassed& event);
  void take(BroadcastDropped& event);
  void take(ResultAnnounced& event);
  void enlist(Job& job, const JobSubmitted& event);
  Stage& map_stage(const std::shared_ptr<const StageEnd>& end);
  Stage& add_stage(StageId id, const std::shared_ptr<const StageEnd>& end, std::size_t tasks);
  void end_job(Job& job, const std::string& reason);
  void hand_out_updates(const Job& job);
  void abandon(Stage& stage);
  void kill_tasks(const std::set<const Attempt*>& attempts, const std::string& reason);
  void drop_shuffle(ShuffleId shuffle);

  // stages.cpp: which stages run, and their attempts.
  void settle();
  void consider(Stage& stage);
  static std::vector<PartitionId> waiting_partitions(const Stage& stage);
  std::vector<Stage*> missing_parents(const Stage& stage) const;
  void start(Stage& stage);
  std::shared_ptr<const StageAttempt> describe(Stage& stage);
  void enqueue(Attempt& attempt, std::uint32_t task);
  void enqueue_anew(ExecutorId executor);
  std::vector<ExecutorId> to_avoid(const Stage& stage, std::uint32_t task) const;
  void prefer(Attempt& attempt, std::uint32_t task, const std::vector<std::string>& hosts);
  void requeue(Stage& stage, std::uint32_t task);
  void finish(Stage& stage);
  void retire(Attempt& attempt);
  void close_if_over(Attempt& attempt);
  void lose_output(MapOutputTable& table, PartitionId map);
  bool outdated(const Attempt& attempt) const;
  void recheck_inputs();

  // task_ends.cpp: how a task ended.
  // Each is called when the task holds neither slot nor place in the tables any longer.
  void ended(const RunningTask& task, Done& outcome);
  void ended(const RunningTask& task, Failed& outcome);
  void ended(const RunningTask& task, FetchFailed& outcome);
  void ended(const RunningTask& task, Killed& outcome);
  void ended(const RunningTask& task, Lost& outcome);
  RunningTask forget_task(TaskId id);
  void report_end(TaskId id, const RunningTask& task, TaskFinished::How how,
                  TaskOutcome* outcome = nullptr);
  std::vector<KeptPartitions> computed_again(const RunningTask& task, TaskOutcome& outcome) const;
  void note_blocks(const RunningTask& task, TaskOutcome& outcome);
  static void note_lost(DataLost& lost, const MapOutputTable& table, std::size_t outputs);
  void lose_input(const RunningTask& task, const FetchFailed& outcome);
  bool forget_blocks(const RunningTask& task);
  void end_attempt(Attempt& attempt, bool found_no_block, DataLost& lost);
  void distrust(const Stage& stage, DataLost& lost);
  void map_done(const RunningTask& task, AccumulatorUpdates updates);
  void result_done(Stage& stage, std::uint32_t task, Done& outcome);
  Trouble& trouble_of(const RunningTask& task);
  bool too_often(const Trouble& trouble) const;
  static void note_executor(Trouble& trouble, ExecutorId executor);
  void fail_jobs(Stage& stage, const RunningTask& task, JobFailure failure);

  // replication.cpp: cached blocks on further executors.
  void replicate();

  // results.cpp: what the results of a job have together.
  bool results_fit(Stage& stage, const RunningTask& task, std::uint64_t bytes);
  static void uncount_announced(const RunningTask& task);

  // dispatch.cpp: tasks to slots.
  void dispatch();
  void launch(Attempt& attempt, const std::vector<ExecutorId>& freed);
  void end_patience(Attempt& attempt);
  void ask_to_wake();
  void assign(Attempt& attempt, Executor& executor, std::uint32_t task);
  void emit_launches(const Attempt& attempt);

  SchedulerOptions options_;
  std::uint64_t next_job_ = 0;
  std::uint64_t next_stage_ = 0;
  std::uint64_t next_task_ = 0;
  std::uint64_t epoch_ = 0;

  ExecutorTable executors_;
  CachedBlocks blocks_;
  Replicas replicas_;
  std::map<ShuffleId, MapOutputTable> shuffles_;
  std::unordered_map<JobId, std::unique_ptr<Job>> jobs_;
  std::map<StageId, std::unique_ptr<Stage>> stages_;
  std::unordered_map<ShuffleId, Stage*> map_stages_;
  std::unordered_map<Attempt*, std::unique_ptr<Attempt>> attempts_;
  std::unordered_map<TaskId, RunningTask> tasks_;

  // Attempts with tasks that wait for a slot, by job and stage.
  using Turn = std::tuple<std::uint64_t, StageId, std::uint32_t>;
  static Turn turn(const Attempt& attempt) {
    return {attempt.sequence, attempt.shipped->stage, attempt.shipped->attempt};
  }
  std::map<Turn, Attempt*> queued_;

  std::optional<TimePoint> wake_at_;  // asked for, and not come yet

  // Of the event at hand: its time, actions, stages to look at again, and what to release at the
  // end.
  TimePoint now_;
  Actions actions_;
  std::vector<Executor*> launching_;
  std::vector<Stage*> to_consider_;
  std::vector<std::unique_ptr<Stage>> ended_stages_;
  std::vector<std::unique_ptr<Attempt>> ended_attempts_;
};

}  // namespace kindred::scheduler
