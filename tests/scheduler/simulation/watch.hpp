// What must hold of any run, seen from outside of the scheduler: its events and its actions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kindred/scheduler/scheduler.hpp"
#include "tests/scheduler/simulation/program.hpp"
#include "tests/scheduler/simulation/require.hpp"
#include "tests/scheduler/simulation/values.hpp"

namespace kindred::simulation {

/// Keeps of its own what the scheduler was told, and throws Broken where an action does not follow
/// from it.
class Watch {
 public:
  Watch(const Program& program, scheduler::SchedulerOptions options);

  /// Before the scheduler is.
  void told(const scheduler::Event& event);
  void asked(const scheduler::Action& action);
  /// After the last action of an event.
  void settled(const scheduler::Scheduler& scheduler) const;

  bool all_ended() const { return live_jobs_ == 0; }
  /// Where nothing went wrong: each block is on as many executors as it is to be.
  void all_copied() const;
  struct Endings {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t stopped = 0;
  };
  const Endings& endings() const { return endings_; }
  std::uint64_t launched() const { return launched_; }
  /// Launches of a partition of a stage that had been launched before.
  std::uint64_t repeated() const { return repeated_; }

 private:
  using StageKey = std::pair<StageId, std::uint32_t>;
  using Place = std::pair<StageId, PartitionId>;
  struct Running {
    StageKey stage;
    PartitionId partition;
    ExecutorId executor;
    bool killed = false;     ///< no job needs it any longer
    bool announced = false;  ///< its result waits
  };
  struct Attempt {
    std::shared_ptr<const scheduler::StageAttempt> what;
    std::uint64_t registrations = 0;  ///< of map outputs before it began
    std::size_t running = 0;
  };
  struct Slots {
    std::uint32_t slots = 0;
    std::set<TaskId> running;
  };
  struct MapOutput {
    ExecutorId at;
    std::uint64_t number = 0;
    /// The scheduler may have forgotten it; that a task is launched for it tells.
    bool doubtful = false;
  };
  struct JobState {
    const Job* plan = nullptr;
    std::set<PartitionId> given;
    bool ended = false;
  };
  struct Trouble {
    std::uint32_t failed = 0;
    std::uint32_t lost = 0;
    std::uint32_t found_no_block = 0;
    bool refused = false;
  };

  // Overloads for each event and each action.
  void take(const scheduler::JobSubmitted& event);
  void take(const scheduler::JobCancelled&) {}
  void take(const scheduler::StageCancelled&) {}
  void take(const scheduler::ExecutorJoined& event);
  void take(const scheduler::ExecutorGone& event);
  void take(const scheduler::TaskEnded& event);
  void take(const scheduler::BlocksDropped& event);
  void take(const scheduler::ReplicaEnded& event);
  void take(const scheduler::RddUnpersisted& event);
  void take(const scheduler::ShuffleForgotten& event);
  void take(const scheduler::TimePassed&) {}
  void take(const scheduler::BroadcastDropped&) {}
  void take(const scheduler::ResultAnnounced& event);
  void end(const Running& task, const Done& done);
  void end(const Running& task, const FetchFailed& failure);
  void end(const Running& task, const Failed& failure);
  void end(const Running& task, const Lost& loss);
  template <class Other>
  void end(const Running&, const Other&) {}

  void check(const scheduler::LaunchTasks& action);
  void check(const scheduler::KillTask& action);
  void check(const scheduler::FetchResult& action);
  void check(const scheduler::PartitionResult& action);
  void check(const scheduler::JobSucceeded& action);
  void check(const scheduler::JobFailed& action);
  void check(const scheduler::JobStopped& action);
  void check(const scheduler::DropShuffle& action);
  void check(const scheduler::DropBlocks& action);
  void check(const scheduler::Replicate& action);
  void check(const scheduler::StageStarted& action);
  void check(const scheduler::TaskFinished& action);
  void check(const scheduler::DataLost&) {}
  void check(const scheduler::StageFinished& action);
  void check(const scheduler::StageSkipped&) {}
  void check(const scheduler::WakeAt&) {}
  void check(const scheduler::AccumulatorsUpdated& action);
  void check(const scheduler::DropBroadcast&) {}
  void check_task(const Attempt& attempt, const Running& task);
  void check_inputs(const Attempt& attempt, const Running& task) const;
  bool holds(ExecutorId executor, const Node& node, PartitionId partition) const;
  std::uint32_t copies_of(RddId rdd) const;
  void has_block(BlockId block, ExecutorId executor);
  void doubt_blocks(ExecutorId executor);
  JobState& end_job(JobId job);

  const Program& program_;
  const scheduler::SchedulerOptions options_;
  Truth truth_;

  std::unordered_map<TaskId, Running> running_;
  std::set<Place> places_;      // of the tasks that run and are not killed
  std::set<TaskId> to_finish_;  // ended by the event at hand
  std::map<StageKey, Attempt> attempts_;
  std::set<StageKey> seen_attempts_;
  std::unordered_map<ExecutorId, Slots> executors_;
  std::unordered_map<ShuffleId, std::unordered_map<PartitionId, MapOutput>> outputs_;
  std::uint64_t registrations_ = 0;
  std::unordered_map<BlockId, std::set<ExecutorId>> blocks_;
  std::map<ReplicaId, scheduler::Replicate> copying_;
  std::set<ReplicaId> seen_replicas_;
  // The scheduler may have forgotten that the block is there.
  std::set<std::pair<BlockId, ExecutorId>> doubtful_blocks_;
  std::map<JobId, JobState> jobs_;
  std::size_t live_jobs_ = 0;
  std::set<BlockId> counted_;      // of stage ends: what the partition added was handed out
  std::set<ShuffleId> forgotten_;  // may be written anew, and so count anew
  std::map<Place, Trouble> trouble_;
  std::map<StageId, std::set<std::uint32_t>> fetch_failed_;  // attempts since it last finished
  std::set<Place> launched_places_;
  std::uint64_t launched_ = 0;
  std::uint64_t repeated_ = 0;
  Endings endings_;
};

}  // namespace kindred::simulation
