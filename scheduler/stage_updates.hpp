// What the tasks of one stage added to accumulators.
#pragma once

#include <map>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/task.hpp"

namespace kindred::scheduler {

/// Each partition counts once: its first success does, whatever is computed again later. Updates
/// stay here until a job that needs the stage ends.
class StageUpdates {
 public:
  void add(PartitionId partition, AccumulatorUpdates updates);
  /// Appends what is here to `updates`, in the order of the partitions, and gives it up. The
  /// partitions have counted.
  void move_to(AccumulatorUpdates& updates);

 private:
  std::vector<bool> counted_;  // by partition
  std::map<PartitionId, AccumulatorUpdates> waiting_;
};

}  // namespace kindred::scheduler
