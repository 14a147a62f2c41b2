// The threads of an executor that run tasks, the same in the driver's process and in one of its
// own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <unordered_set>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/engine/task_runner.hpp"

namespace kindred::cluster {

/// A task as an executor queues it.
struct QueuedTask {
  TaskId id;
  PartitionId partition;
  std::uint32_t attempt = 0;
};

/// N threads that take tasks from one queue and run them with a TaskRunner. Safe to use from any
/// thread, from inside `ended` too; only stop() and the destructor must not be called by one of the
/// threads.
class TaskThreads {
 public:
  using Ended = std::function<void(TaskId, TaskOutcome)>;

  /// Starts the threads. `ended` is called on them, once for each task. Throws Error where the
  /// system gives no more threads.
  TaskThreads(TaskRunner& runner, std::uint32_t threads, Ended ended);
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;
  ~TaskThreads();

  /// Queues tasks of a stage that the runner knows.
  void launch(StageKey stage, const std::vector<QueuedTask>& tasks);
  /// Lets tasks end as Failed without running them.
  void refuse(const std::vector<QueuedTask>& tasks, const TaskError& error);
  /// Asks a task to end, queued or running; one that ended already is left alone.
  void kill(TaskId task);
  /// Takes back a task that is queued; false for one that no longer is. Its end is not reported.
  bool take_back(TaskId task);
  /// Drops what is queued, asks what runs to end, and joins the threads. Nothing is reported after
  /// it returns.
  void stop();

 private:
  struct Item {
    StageKey stage;
    QueuedTask task;
    std::shared_ptr<const TaskError> refused;  // null for a task that is to run
  };

  static void* entry(void* self);
  void work();
  void enqueue(std::vector<Item> items);

  TaskRunner& runner_;
  const Ended ended_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Item> queue_;                 // guarded by mutex_
  std::unordered_set<TaskId> unfinished_;  // guarded by mutex_: queued or running
  std::size_t idle_ = 0;                   // guarded by mutex_: threads that wait for ready_
  bool stopping_ = false;                  // guarded by mutex_
  std::vector<pthread_t> threads_;         // of the constructor and stop()
};

}  // namespace kindred::cluster
