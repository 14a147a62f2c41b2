// Inside cluster/ only: the executors that are ready, as perform() sees them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::cluster {

/// Sends what the scheduler asks for. Each executor gets a stage before its first task of it, once.
/// perform() is called by one thread at a time, the rest by any.
class ExecutorLinks {
 public:
  /// `driver_port` is that of the driver's own block service.
  explicit ExecutorLinks(std::uint16_t driver_port) : driver_port_(driver_port) {}

  /// Tells all executors of the new one, before any task can read from it.
  void add(ExecutorId executor, std::shared_ptr<Connection> connection, std::uint16_t block_port);
  /// Whether it was there.
  bool remove(ExecutorId executor);
  std::size_t size() const;
  /// Whether the executor was ever given a task.
  bool used(ExecutorId executor) const;
  void send_to_all(const Message& message);

  /// Notes that a task has ended.
  void ended(ExecutorId executor, TaskId task);
  struct RunningTask {
    TaskId id;
    std::string ops;  ///< of its stage, with their source lines
  };
  /// The task of a partition that was sent to the executor and has not ended, if there is one: a
  /// partition runs at most once at a time.
  std::optional<RunningTask> running(ExecutorId executor, StageId stage,
                                     PartitionId partition) const;

  struct Deaf {
    ExecutorId executor;
    std::string task;  ///< "partition 2 of stage 3 (map at pi.cpp:12)"
  };
  /// Called once an interval: the executors with a task that was asked to end more than `most`
  /// intervals ago, and still runs.
  std::vector<Deaf> deaf(std::uint32_t most);

  /// Gives the error where the tasks of a launch could not be written down; the caller reports it.
  std::optional<TaskError> perform(const scheduler::Action& action);

 private:
  struct Task {
    StageKey stage;
    PartitionId partition;
    std::optional<std::uint32_t> intervals;  // since it was asked to end
  };
  struct Link {
    std::shared_ptr<Connection> connection;
    std::uint16_t block_port = 0;
    std::set<StageKey> stages;               // that it was sent
    std::unordered_map<TaskId, Task> tasks;  // that it was sent, and that have not ended
    bool used = false;
  };
  struct Stage {
    std::string lineage;  // in its wire form
    std::string ops;
  };

  std::optional<TaskError> launch(const scheduler::LaunchTasks& tasks);
  void send_addresses();  // under mutex_
  Link* find(ExecutorId executor);

  const std::uint16_t driver_port_;
  mutable std::mutex mutex_;
  // The stage attempts that run. Only perform() changes it, and so may read it without the lock.
  std::map<StageKey, Stage> stages_;
  std::map<ExecutorId, Link> links_;  // guarded by mutex_
};

}  // namespace kindred::cluster
