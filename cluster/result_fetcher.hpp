// Inside cluster/ only: how the driver gets the results that wait on executors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "kindred/cluster/message.hpp"
#include "kindred/cluster/result_store.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/scheduler/backend.hpp"

namespace kindred::cluster {

/// Knows the results that were announced and have not come to an end. Tells the scheduler of each,
/// reads those that it wants over the executor's own connection, and ends their tasks: Done with
/// the bytes, Killed, or Lost where the result could not be had. One that is not whole is read once
/// more from its start. Used by one thread at a time.
class ResultFetcher {
 public:
  using Send = std::function<void(ExecutorId, const Message&)>;

  ResultFetcher(Send send, scheduler::Backend::Report report)
      : send_(std::move(send)), report_(std::move(report)) {}

  /// Throws DecodeError for a task whose result waits already.
  void announced(ExecutorId executor, ResultWaits message);
  /// Begins to read a result; one that is not known any longer has come to its end.
  void fetch(TaskId task);
  /// Ends the task of a result; the executor drops it as it is asked to end the task.
  void kill(TaskId task);
  /// Throws DecodeError for a piece that nobody asked for. One of a result that nobody waits for
  /// any longer is let go.
  void arrived(ExecutorId executor, ResultPiece piece);
  /// The executor is gone, and what waits there with it: the scheduler learns of that otherwise.
  void forget(ExecutorId executor);

  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiting {
    ExecutorId executor;
    Done done;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
    std::uint32_t round = 0;  // the first reading of it, or the second
    std::uint64_t asked = 0;  // bytes, in this round
    std::string bytes = {};   // that are here
    std::uint64_t sum = 0;    // their checksum
  };

  void ask(TaskId task, Waiting& result);
  void add(Waiting& result, std::string piece);
  void ask_again(TaskId task, Waiting& result, const std::string& why);
  void end(TaskId task, TaskOutcome outcome);

  const Send send_;
  const scheduler::Backend::Report report_;
  std::unordered_map<TaskId, Waiting> waiting_;
};

}  // namespace kindred::cluster
