// The driver's side of jobs: feeds the scheduler, carries out what it asks for, and waits for
// results.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "kindred/engine/executor_info.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/scheduler/backend.hpp"
#include "kindred/scheduler/event.hpp"
#include "kindred/scheduler/scheduler.hpp"

namespace kindred::cluster {

/// Runs jobs. There is no thread of its own: whoever brings an event queues it, and if nobody is
/// at work on the queue, works on it until it is empty. So a job of empty tasks costs two thread
/// switches, not four.
///
/// Safe to use from any thread, inside node destructors and observers too. Only run(), the
/// destructor wait, and wait_for_replicas(): they must not be called by a task, an observer or a
/// node's destructor.
class Driver {
 public:
  using Observer = std::function<void(const scheduler::Action&)>;
  using Values = std::vector<std::shared_ptr<const void>>;
  using UpdateMerge = std::function<void(JobId, AccumulatorUpdates)>;

  /// Starts the backend.
  explicit Driver(std::unique_ptr<scheduler::Backend> backend,
                  scheduler::SchedulerOptions options = {});
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  /// Cancels what runs, waits until its callers have left, and stops the backend.
  ~Driver();

  /// Runs `result` on `partitions` (each named once) and blocks until the values are there, in the
  /// order of `partitions`. `entered` learns the job's id before the job starts, for cancel(), and
  /// may run jobs that this one needs.
  /// `merge` gets what the job's tasks added to accumulators, in the order in which it counts,
  /// however the job ended; on the calling thread, so that users' functions may throw there.
  /// Throws JobError for a job that failed and CancelledError for one that was cancelled.
  Values run(std::shared_ptr<const StageEnd> result, std::vector<PartitionId> partitions,
             const std::function<void(JobId)>& entered = {}, const UpdateMerge& merge = {});

  /// Ends a job early; one that has ended, or is not known, is left alone.
  void cancel(JobId job, std::string reason);
  /// Whether a job was cancelled that `entered` knows of and that has not started.
  bool cancelled_before_start(JobId job) const;
  /// Ends the jobs that need a stage now.
  void cancel_stage(StageId stage, const std::string& reason);
  /// Ends all jobs that were submitted until now, and tells how many there were.
  std::size_t cancel_all(const std::string& reason);

  /// Drops the map outputs of a shuffle that nobody can read any more.
  void forget_shuffle(ShuffleId shuffle);
  /// Drops the blocks of a persisted RDD.
  void unpersist(RddId rdd);
  /// Returns when no copy of a cached block is under way. Like run(), it waits.
  void wait_for_replicas();
  /// Drops the executors' copies of a broadcast.
  void drop_broadcast(BroadcastId broadcast);

  /// Shows `observer` from here on how stages, tasks and jobs start and end (all actions but those
  /// that carry values, or copy or drop something), one at a time, on whatever thread works on the
  /// queue: it must be quick. A job's end is shown before its caller goes on.
  void observe(Observer observer);

  /// The executors that are there now, by id.
  std::vector<ExecutorInfo> executors() const;

 private:
  class Job;
  using Observers = std::vector<Observer>;

  void post(scheduler::Event event);
  bool enqueue(scheduler::Event&& event);
  void note_executor(const scheduler::Event& event);
  void drain() noexcept;
  void carry_out(scheduler::Action& action);
  void show(const scheduler::Action& action);
  std::shared_ptr<Job> find(JobId id);
  std::shared_ptr<Job> enter(const std::vector<PartitionId>& partitions);
  void submit(Job& job, scheduler::JobSubmitted event);
  void leave(JobId id);

  mutable std::mutex mutex_;
  std::condition_variable left_;                          // a job's caller left, or a drain ended
  std::vector<scheduler::Event> queue_;                   // guarded by mutex_
  bool draining_ = false;                                 // guarded by mutex_
  bool closed_ = false;                                   // guarded by mutex_
  std::uint64_t next_job_ = 0;                            // guarded by mutex_
  std::unordered_map<JobId, std::shared_ptr<Job>> jobs_;  // guarded by mutex_
  std::map<ExecutorId, std::int64_t> executors_;          // guarded by mutex_: with their pids
  std::shared_ptr<const Observers> observers_;            // guarded by mutex_
  std::uint64_t events_queued_ = 0;                       // guarded by mutex_
  std::uint64_t events_handled_ = 0;                      // guarded by mutex_
  std::size_t replicas_under_way_ = 0;                    // guarded by mutex_: after those
  std::condition_variable replicas_ended_;                // or other events were handled
  std::atomic<bool> observed_{false};

  std::unique_ptr<scheduler::Backend> backend_;
  // Of the thread that drains. The last two to go: they may hold nodes, whose destructors call us.
  std::unique_ptr<scheduler::Scheduler> scheduler_;
};

}  // namespace kindred::cluster
