#include "kindred/scheduler/cached_blocks.hpp"

#include <algorithm>
#include <set>

namespace kindred::scheduler {

bool CachedBlocks::add(BlockId block, ExecutorId executor) {
  if (unpersisted_.contains(block.rdd)) return false;
  auto& locations = rdds_[block.rdd].blocks[block.partition];
  if (std::find(locations.begin(), locations.end(), executor) == locations.end()) {
    locations.push_back(executor);
  }
  return true;
}

bool CachedBlocks::remove(BlockId block, ExecutorId executor) {
  const auto found = rdds_.find(block.rdd);
  if (found == rdds_.end()) return false;
  auto& blocks = found->second.blocks;
  const auto locations = blocks.find(block.partition);
  if (locations == blocks.end() || std::erase(locations->second, executor) == 0) return false;
  if (locations->second.empty()) blocks.erase(locations);
  if (blocks.empty()) rdds_.erase(found);
  return true;
}

void CachedBlocks::remove_executor(ExecutorId executor) {
  for (auto& [id, rdd] : rdds_) {
    for (auto& [partition, locations] : rdd.blocks) std::erase(locations, executor);
    std::erase_if(rdd.blocks, [](const auto& block) { return block.second.empty(); });
  }
  std::erase_if(rdds_, [](const auto& rdd) { return rdd.second.blocks.empty(); });
}

std::vector<ExecutorId> CachedBlocks::unpersist(RddId rdd) {
  unpersisted_.insert(rdd);
  const auto found = rdds_.find(rdd);
  if (found == rdds_.end()) return {};
  std::set<ExecutorId> executors;
  for (const auto& [partition, locations] : found->second.blocks) {
    executors.insert(locations.begin(), locations.end());
  }
  rdds_.erase(found);
  return {executors.begin(), executors.end()};
}

std::span<const ExecutorId> CachedBlocks::locations(RddId rdd, PartitionId partition) const {
  const auto found = rdds_.find(rdd);
  if (found == rdds_.end()) return {};
  const auto block = found->second.blocks.find(partition);
  if (block == found->second.blocks.end()) return {};
  return block->second;
}

}  // namespace kindred::scheduler
