// What the scheduler keeps of jobs, stages, attempts and tasks while they last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kindred/scheduler/event.hpp"
#include "kindred/scheduler/executor_table.hpp"
#include "kindred/scheduler/map_outputs.hpp"
#include "kindred/scheduler/task_queue.hpp"

namespace kindred::scheduler {

struct Attempt;
struct Stage;

/// Nodes that an attempt looks at, in all, for preferred locations: they are hints, and a lineage
/// may be long.
inline constexpr std::size_t kLocalitySteps = 200'000;

/// A job from its submission to its last action.
struct Job {
  JobId id;
  std::uint64_t sequence = 0;      ///< slots go to earlier jobs first
  std::vector<Stage*> stages;      ///< parents first; the last gives the results
  std::uint64_t result_bytes = 0;  ///< of those that are here, and of those that were announced
  std::uint32_t results = 0;       ///< tasks that they are of
};

/// What went wrong with a partition of a stage so far. It outlives attempts: tasks that take their
/// executor down with them also lose map outputs, and so each comes in an attempt of its own.
struct Trouble {
  std::uint32_t failed = 0;
  std::uint32_t lost = 0;
  std::uint32_t tries = 0;  ///< ended tasks of stage attempt `attempt`
  std::uint32_t attempt = 0;
  std::uint32_t found_no_block = 0;  ///< where none was expected any longer
  std::vector<ExecutorId> failed_on;
};

enum class StageState : std::uint8_t {
  idle,     ///< nobody waits for it, or its map outputs are all there
  waiting,  ///< for map outputs of its parents
  running,
};

/// A stage of the jobs that are under way. Tasks are numbered by their place in `partitions`.
struct Stage {
  StageId id;
  std::shared_ptr<const StageEnd> end;
  MapOutputTable* outputs = nullptr;  ///< null for a result stage
  bool persisted = false;             ///< see CutStage
  std::vector<Stage*> parents;
  std::vector<Stage*> readers;
  std::vector<Job*> jobs;  ///< by sequence; a result stage has one

  StageState state = StageState::idle;
  std::vector<Stage*> awaited;  ///< parents that have to finish before this one can run
  std::vector<Attempt*> attempts;
  Attempt* current = nullptr;  ///< the attempt that takes tasks; null while waiting
  std::uint32_t result_attempts = 0;
  std::uint32_t fetch_failures = 0;  ///< attempts that ended so, since the stage last finished
  std::uint64_t suspect_epoch = 0;   ///< map outputs up to it were there when the first began

  std::vector<PartitionId> partitions;  ///< of a result stage; a map stage runs all of its node's
  std::vector<std::uint8_t> in_flight;  ///< a task is running, in whichever attempt
  std::vector<std::uint8_t> given;      ///< of a result stage: the result was handed out
  std::size_t results_missing = 0;
  std::unordered_map<std::uint32_t, Trouble> trouble;
  StageUpdates result_updates;

  std::uint32_t tasks() const { return static_cast<std::uint32_t>(in_flight.size()); }
  PartitionId partition(std::uint32_t task) const {
    return outputs != nullptr ? PartitionId{task} : partitions[task];
  }
  bool done(std::uint32_t task) const {
    return outputs != nullptr ? outputs->has(PartitionId{task}) : given[task] != 0;
  }
  std::size_t missing() const { return outputs != nullptr ? outputs->missing() : results_missing; }
  /// Map outputs of its parents that were there once, and are not any longer.
  std::uint64_t removed_inputs() const {
    std::uint64_t sum = 0;
    for (const auto* parent : parents) sum += parent->outputs->removals();
    return sum;
  }
  StageUpdates& updates() { return outputs != nullptr ? outputs->updates : result_updates; }
  std::uint32_t& attempt_count() {
    return outputs != nullptr ? outputs->attempts : result_attempts;
  }
};

/// One attempt at a stage. It takes new tasks until it is retired, and is closed when the last of
/// its tasks has ended, so that its code stays with the executors as long.
struct Attempt {
  Attempt(std::shared_ptr<const StageAttempt> what, Stage& of, std::uint64_t job_sequence)
      : shipped(std::move(what)), stage(&of), sequence(job_sequence), queue(of.tasks()) {}

  std::shared_ptr<const StageAttempt> shipped;
  Stage* stage;                ///< null once no job needs the stage
  std::uint64_t sequence;      ///< of the first job that needs the stage
  std::uint64_t epoch = 0;     ///< of the newest map output in its inputs
  std::uint64_t removals = 0;  ///< of map outputs of the parents, before it began
  /// Shuffles whose outputs were not all there when it began, since cached blocks replace them.
  std::vector<ShuffleId> lacking;
  bool retired = false;
  bool succeeded = false;
  std::size_t locality_steps = kLocalitySteps;
  std::uint32_t running = 0;
  TaskQueue queue;
  /// Tasks that are best run on a host or executor that was not there when they were queued.
  std::unordered_map<std::string, std::vector<std::uint32_t>> wanted_hosts;
  /// Since when tasks wait for executors of their own while others have free slots.
  std::optional<TimePoint> waiting_since;
};

/// A task that an executor was told to run, until its end is reported.
struct RunningTask {
  Attempt* attempt = nullptr;
  std::uint32_t task = 0;
  ExecutorId executor;
  std::size_t slot = 0;         ///< index in Executor::running
  std::uint64_t announced = 0;  ///< bytes of its result, which waits on the executor
};

}  // namespace kindred::scheduler
