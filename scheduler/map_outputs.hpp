// Where the map outputs of one shuffle are.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/scheduler/event.hpp"
#include "kindred/scheduler/stage_updates.hpp"

namespace kindred::scheduler {

/// Known from the first job that needs the shuffle until the shuffle is forgotten. Each
/// registration carries its epoch, so that a failure to fetch tells whether it saw the output that
/// is registered now or an earlier one.
class MapOutputTable {
 public:
  /// `op` is the writer's, as errors name it.
  MapOutputTable(StageId stage, ShuffleId shuffle, std::uint32_t maps, std::string op)
      : stage_(stage),
        op_(std::move(op)),
        outputs_{shuffle, std::vector(maps, kNoExecutor)},
        epochs_(maps),
        missing_(maps),
        lost_(maps) {}

  StageId stage() const { return stage_; }
  const std::string& op() const { return op_; }
  const MapOutputs& outputs() const { return outputs_; }
  std::uint32_t missing() const { return missing_; }
  bool has(PartitionId map) const { return outputs_.locations[map.value] != kNoExecutor; }

  /// Whether it was there once and has not been computed again since.
  bool was_lost(PartitionId map) const { return lost_[map.value]; }

  /// Returns false if there is an output of this partition already.
  bool add(PartitionId map, ExecutorId executor, std::uint64_t epoch);
  /// Removes an output that was registered at `epoch` or before; false if there is none such.
  bool remove(PartitionId map, std::uint64_t epoch);
  /// Removes the outputs on `executor` that were registered at `epoch` or before, and returns their
  /// partitions.
  std::vector<PartitionId> remove_from(ExecutorId executor, std::uint64_t epoch);
  /// Removes all of an executor that is gone, and returns the partitions of its outputs.
  std::vector<PartitionId> remove_executor(ExecutorId executor);

  /// All executors that wrote map outputs, those that were not needed or are unregistered included.
  const std::set<ExecutorId>& writers() const { return writers_; }

  /// Grows with each output that is removed: who keeps it can tell whether the locations that it
  /// took still hold.
  std::uint64_t removals() const { return removals_; }

  std::uint32_t attempts = 0;  ///< attempts at the stage so far: their numbers are never reused
  StageUpdates updates;        ///< a partition whose output was lost has counted all the same
  bool forgotten = false;      ///< drop the outputs when the last job that needs them ends

 private:
  StageId stage_;
  std::string op_;
  MapOutputs outputs_;
  std::vector<std::uint64_t> epochs_;
  std::uint32_t missing_;
  std::vector<bool> lost_;
  std::uint64_t removals_ = 0;
  std::set<ExecutorId> writers_;
};

}  // namespace kindred::scheduler
