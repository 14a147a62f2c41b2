// Inside cluster/ only: the executors that are ready, as perform() sees them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
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

  /// Gives the error where the tasks of a launch could not be written down; the caller reports it.
  std::optional<TaskError> perform(const scheduler::Action& action);

 private:
  struct Link {
    std::shared_ptr<Connection> connection;
    std::uint16_t block_port = 0;
    std::set<StageKey> stages;  // that it was sent
    bool used = false;
  };

  std::optional<TaskError> launch(const scheduler::LaunchTasks& tasks);
  void send_addresses();  // under mutex_
  Link* find(ExecutorId executor);

  const std::uint16_t driver_port_;
  // The lineage of each stage attempt that runs, in its wire form; of perform() alone.
  std::map<StageKey, std::string> lineages_;
  mutable std::mutex mutex_;
  std::map<ExecutorId, Link> links_;  // guarded by mutex_
};

}  // namespace kindred::cluster
