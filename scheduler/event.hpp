// All that the scheduler is told, and all that it asks for: closed types, visited exhaustively.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/task.hpp"

namespace kindred::scheduler {

using TimePoint = std::chrono::steady_clock::time_point;

using kindred::MapOutputs;
using kindred::MapOutputsList;

/// Stands in MapOutputs::locations for a map output that nobody has. Only tasks that start from a
/// cached block, and so do not read it, are launched with such inputs.
inline constexpr ExecutorId kNoExecutor{~std::uint64_t{0}};

// ---- events ------------------------------------------------------------------------------------

/// Runs `result` on `partitions` (each once, in any order); the first event of a job.
struct JobSubmitted {
  JobId job;
  std::shared_ptr<const StageEnd> result;
  std::vector<PartitionId> partitions;
};
/// Ends a job early. The stages that another job needs go on.
struct JobCancelled {
  JobId job;
  std::string reason;
};
/// Ends all jobs that need the stage.
struct StageCancelled {
  StageId stage;
  std::string reason;
};
/// An executor that takes up to `slots` tasks at a time (those that it queues included).
struct ExecutorJoined {
  ExecutorId executor;
  std::uint32_t slots = 1;
  std::string host = {};  ///< what Node::preferred_locations may name, beside the id as text
  std::int64_t pid = 0;   ///< of its process; 0 where no program needs to know
};
/// An executor is gone: its running tasks, cached blocks and map outputs with it.
struct ExecutorGone {
  ExecutorId executor;
  std::string reason;
  /// A task that took it down, and how: it failed, where the others were lost through no fault of
  /// theirs.
  struct Culprit {
    TaskId task;
    TaskError error;
  };
  std::optional<Culprit> culprit = {};
};
/// A task ended. Stale ones (unknown task id, executor gone) are told from current ones by the
/// scheduler.
struct TaskEnded {
  TaskId task;
  ExecutorId executor;
  TaskOutcome outcome;
};
/// A task ran to its end, and its result waits on its executor: it is too large to come along. The
/// answer is FetchResult or KillTask; the task ends with its TaskEnded, which follows on that.
struct ResultAnnounced {
  TaskId task;
  ExecutorId executor;
  std::uint64_t bytes = 0;
};
/// Blocks left an executor's store: evicted, or unpersisted.
struct BlocksDropped {
  ExecutorId executor;
  std::vector<BlockId> blocks;
};
/// A Replicate ended: the executor has a copy now, or could not make one. Stale ones are told from
/// current ones by the scheduler.
struct ReplicaEnded {
  ReplicaId replica;
  ExecutorId executor;  ///< Replicate::to
  bool stored = false;
};
/// Nobody can read this persisted RDD (or wants it any longer): its blocks are dropped everywhere.
struct RddUnpersisted {
  RddId rdd;
};
/// The last reference to a shuffle's node is gone: its map outputs are dropped everywhere.
struct ShuffleForgotten {
  ShuffleId shuffle;
};
/// Answers a WakeAt: nothing happened but that time passed.
struct TimePassed {};
/// The executors' copies of a broadcast are not wanted any longer.
struct BroadcastDropped {
  BroadcastId broadcast;
};

using Event = std::variant<JobSubmitted, JobCancelled, StageCancelled, ExecutorJoined, ExecutorGone,
                           TaskEnded, BlocksDropped, ReplicaEnded, RddUnpersisted, ShuffleForgotten,
                           TimePassed, BroadcastDropped, ResultAnnounced>;

// ---- actions -----------------------------------------------------------------------------------

/// What the tasks of one attempt at a stage share; shipped to an executor once, not once a task.
struct StageAttempt {
  StageId stage;
  std::uint32_t attempt = 0;
  JobId job;  ///< the first job that asked for the stage
  std::shared_ptr<const StageEnd> end;
  std::shared_ptr<const MapOutputsList>
      inputs;  ///< one entry for each shuffle that the stage reads
};

/// Start tasks of one stage attempt on one executor; as many as fit, in one go.
struct LaunchTasks {
  ExecutorId executor;
  std::shared_ptr<const StageAttempt> stage;
  struct Task {
    TaskId id;
    PartitionId partition;
    std::uint32_t attempt = 0;  ///< 0 for the first try at this partition in this stage attempt
  };
  std::vector<Task> tasks;
};
/// End a running task; its outcome (`Killed`, or whatever it ends with meanwhile) is still
/// reported.
struct KillTask {
  ExecutorId executor;
  TaskId task;
  std::string reason;
};
/// Bring the result that a task announced: its TaskEnded is then Done, with the bytes, or Lost.
struct FetchResult {
  ExecutorId executor;
  TaskId task;
};
/// One partition's result, once for each partition of a job.
struct PartitionResult {
  JobId job;
  PartitionId partition;
  TaskValue value;
};
/// What finished tasks added to accumulators and was not handed out before, in the order in which
/// it is to be merged: by stage, parents first, and partition. Comes right before the job's last
/// action, if there is any.
struct AccumulatorsUpdated {
  JobId job;
  AccumulatorUpdates updates;
};
/// The job's last action: all of its results were given.
struct JobSucceeded {
  JobId job;
};
/// The job's last action: it failed, and why.
struct JobFailed {
  JobId job;
  JobFailure failure;
};
/// The job's last action: it was cancelled.
struct JobStopped {
  JobId job;
  std::string reason;
};
/// Remove map outputs of a shuffle from an executor.
struct DropShuffle {
  ExecutorId executor;
  ShuffleId shuffle;
};
/// Let executor `to` fetch a cached block from executor `from`, and keep a copy. Ends with a
/// ReplicaEnded, unless the executor is lost or a DropBlocks of the RDD follows, which reaches
/// copies that are under way too.
struct Replicate {
  ReplicaId replica;
  BlockId block;
  ExecutorId from;
  ExecutorId to;
};
/// Remove blocks of a persisted RDD from an executor.
struct DropBlocks {
  ExecutorId executor;
  RddId rdd;
};
/// Report TimePassed then, or a little later. Takes the place of one that was asked for and has not
/// come yet.
struct WakeAt {
  TimePoint time;
};
/// Remove a broadcast from all executors; the scheduler does not know which have it.
struct DropBroadcast {
  BroadcastId broadcast;
};

/// For progress, logs and tests: nothing has to be done.
struct StageStarted {
  std::shared_ptr<const StageAttempt> stage;
  std::uint32_t tasks = 0;  ///< that this attempt has to run: the missing partitions
};
/// Comes once for each StageStarted, when no task of the attempt runs any longer: after the job's
/// last action where tasks had to be killed first.
struct StageFinished {
  StageId stage;
  std::uint32_t attempt = 0;
  bool failed = false;  ///< ended before all of its tasks were done
};
/// What executors keep of one op.
struct KeptPartitions {
  enum class Kind : std::uint8_t { cached, map_outputs };

  Kind kind = Kind::cached;
  std::string op;  ///< with its place, as in errors
  std::uint32_t count = 0;
};
/// A task of a LaunchTasks ended: once for each, before its attempt's StageFinished.
struct TaskFinished {
  enum class How : std::uint8_t { done, failed, fetch_failed, killed, lost };

  TaskId task;
  StageId stage;
  std::uint32_t attempt = 0;  ///< at the stage
  ExecutorId executor;
  How how = How::done;
  std::chrono::nanoseconds run_time{0};    ///< of a task that is done
  std::vector<KeptPartitions> again = {};  ///< what it computed that had been lost
};
/// What had been computed is gone: with its executor, or because it could not be fetched.
struct DataLost {
  ExecutorId executor;
  bool executor_gone = true;
  std::string reason;
  std::uint32_t tasks = 0;  ///< that ran on it
  std::vector<KeptPartitions> lost;
  std::vector<KeptPartitions> elsewhere = {};  ///< what another executor has too
};
/// All of the stage's map outputs (or cached partitions) were there already.
struct StageSkipped {
  JobId job;
  StageId stage;
};

using Action =
    std::variant<LaunchTasks, KillTask, PartitionResult, JobSucceeded, JobFailed, JobStopped,
                 DropShuffle, DropBlocks, Replicate, WakeAt, StageStarted, TaskFinished, DataLost,
                 StageFinished, StageSkipped, AccumulatorsUpdated, DropBroadcast, FetchResult>;
using Actions = std::vector<Action>;

}  // namespace kindred::scheduler
