#include "kindred/scheduler/map_outputs.hpp"

namespace kindred::scheduler {

bool MapOutputTable::add(PartitionId map, ExecutorId executor, std::uint64_t epoch) {
  writers_.insert(executor);
  if (has(map)) return false;
  outputs_.locations[map.value] = executor;
  epochs_[map.value] = epoch;
  --missing_;
  lost_[map.value] = false;
  return true;
}

bool MapOutputTable::remove(PartitionId map, std::uint64_t epoch) {
  if (map.value >= epochs_.size() || !has(map) || epochs_[map.value] > epoch) return false;
  outputs_.locations[map.value] = kNoExecutor;
  ++missing_;
  lost_[map.value] = true;
  ++removals_;
  return true;
}

std::vector<PartitionId> MapOutputTable::remove_from(ExecutorId executor, std::uint64_t epoch) {
  std::vector<PartitionId> lost;
  if (!writers_.contains(executor)) return lost;
  for (std::uint32_t map = 0; map < outputs_.locations.size(); ++map) {
    if (outputs_.locations[map] == executor && remove(PartitionId{map}, epoch)) {
      lost.push_back(PartitionId{map});
    }
  }
  return lost;
}

std::vector<PartitionId> MapOutputTable::remove_executor(ExecutorId executor) {
  auto lost = remove_from(executor, ~std::uint64_t{0});
  writers_.erase(executor);
  return lost;
}

}  // namespace kindred::scheduler
