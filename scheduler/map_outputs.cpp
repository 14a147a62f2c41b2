#include "kindred/scheduler/map_outputs.hpp"

namespace kindred::scheduler {

bool MapOutputTable::add(PartitionId map, ExecutorId executor, std::uint64_t epoch) {
  writers_.insert(executor);
  if (has(map)) return false;
  outputs_.locations[map.value] = executor;
  epochs_[map.value] = epoch;
  --missing_;
  return true;
}

bool MapOutputTable::remove(PartitionId map, std::uint64_t epoch) {
  if (map.value >= epochs_.size() || !has(map) || epochs_[map.value] > epoch) return false;
  outputs_.locations[map.value] = kNoExecutor;
  ++missing_;
  return true;
}

std::vector<PartitionId> MapOutputTable::remove_executor(ExecutorId executor) {
  std::vector<PartitionId> lost;
  if (writers_.erase(executor) == 0) return lost;
  for (std::uint32_t map = 0; map < outputs_.locations.size(); ++map) {
    if (outputs_.locations[map] != executor) continue;
    outputs_.locations[map] = kNoExecutor;
    ++missing_;
    lost.push_back(PartitionId{map});
  }
  return lost;
}

}  // namespace kindred::scheduler
