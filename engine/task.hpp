// What a task is and how it may end. Every ending is a value: the scheduler visits it, nothing is
// thrown.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred {

/// What a result task hands to the driver: the object itself inside one process, its bytes
/// otherwise.
struct TaskValue {
  std::shared_ptr<const void> object;
  std::string bytes;
  std::uint64_t object_bytes = 0;  ///< of the object, with its heap

  std::uint64_t size() const { return bytes.size() + object_bytes; }
};

/// An exception of a user's function as it crosses threads and processes: text and type name, in
/// local mode too, so that a program behaves alike everywhere.
struct TaskError {
  std::string message;
  std::string type;
  std::string op;  ///< "map at pi.cpp:12"; empty where no op was running
  bool retriable =
      true;  ///< false where another attempt must end the same way (a refused closure, ...)
};

/// What one task added to one accumulator, as bytes.
struct AccumulatorUpdate {
  AccumulatorId accumulator;
  std::string bytes;
};
using AccumulatorUpdates = std::vector<AccumulatorUpdate>;

// In each ending `cached` lists the blocks that the task put into its executor's block store: they
// stay there, however it ended.

/// The task ran to its end. `bucket_bytes` of a map task estimates what each reducer will fetch
/// (empty for a result task). `run_time` is how long it ran on its executor.
struct Done {
  TaskValue value;
  std::vector<BlockId> cached;
  std::vector<std::uint64_t> bucket_bytes;
  AccumulatorUpdates updates = {};  ///< by accumulator; the scheduler decides whether they count
  std::chrono::nanoseconds run_time{0};
};

/// A user's function threw, or the task could not be decoded.
struct Failed {
  TaskError error;
  std::vector<BlockId> cached = {};
};

/// A map output that should be there could not be had: the map partition has to be computed again.
struct FetchFailed {
  ShuffleId shuffle;
  PartitionId map_partition;
  ExecutorId from;
  std::string message;
  std::vector<BlockId> cached = {};
};

/// The executor ended the task because the driver asked for it.
struct Killed {
  std::string reason;
  std::vector<BlockId> cached = {};
};

/// The executor was lost while it ran the task; or, where it lives, the task's result was, before
/// the driver had read it.
struct Lost {
  std::string reason;
  std::vector<BlockId> cached = {};  ///< none where the executor is gone
};

/// Where each map output of a shuffle is, by map partition. One snapshot travels with each stage
/// attempt.
struct MapOutputs {
  ShuffleId shuffle;
  std::vector<ExecutorId> locations;
};
using MapOutputsList = std::vector<MapOutputs>;

using TaskOutcome = std::variant<Done, Failed, FetchFailed, Killed, Lost>;

inline std::vector<BlockId>& cached_of(TaskOutcome& outcome) {
  return std::visit([](auto& ending) -> std::vector<BlockId>& { return ending.cached; }, outcome);
}

}  // namespace kindred
