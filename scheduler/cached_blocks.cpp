#include "kindred/scheduler/cached_blocks.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kindred::scheduler {

bool CachedBlocks::add(BlockId block, ExecutorId executor) {
  if (unpersisted_.contains(block.rdd)) return false;
  auto& rdd = rdds_[block.rdd];
  const auto [place, first] = rdd.blocks.try_emplace(block.partition);
  if (first) ++blocks_;
  rdd.lost.erase(block.partition);
  auto& locations = place->second;
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
  if (locations->second.empty()) {
    blocks.erase(locations);
    --blocks_;
  }
  return true;
}

CachedBlocks::Removed CachedBlocks::remove_executor(ExecutorId executor) {
  // In order: actions may not depend on how ids hash.
  std::map<RddId, std::uint32_t> lost;
  std::map<RddId, std::uint32_t> elsewhere;
  for (auto& [id, rdd] : rdds_) {
    for (auto block = rdd.blocks.begin(); block != rdd.blocks.end();) {
      if (std::erase(block->second, executor) == 0) {
        ++block;
      } else if (!block->second.empty()) {
        ++elsewhere[id];
        ++block;
      } else {
        ++lost[id];
        rdd.lost.insert(block->first);
        block = rdd.blocks.erase(block);
        --blocks_;
      }
    }
  }
  const auto parts = [this](const std::map<RddId, std::uint32_t>& counts) {
    std::vector<KeptPartitions> kept;
    for (const auto& [id, count] : counts) {
      kept.push_back({KeptPartitions::Kind::cached, rdds_.at(id).op, count});
    }
    return kept;
  };
  return {parts(lost), parts(elsewhere)};
}

std::vector<ExecutorId> CachedBlocks::unpersist(RddId rdd) {
  unpersisted_.insert(rdd);
  const auto found = rdds_.find(rdd);
  if (found == rdds_.end()) return {};
  std::set<ExecutorId> executors;
  for (const auto& [partition, locations] : found->second.blocks) {
    executors.insert(locations.begin(), locations.end());
  }
  blocks_ -= found->second.blocks.size();
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

bool CachedBlocks::was_lost(BlockId block) const {
  const auto found = rdds_.find(block.rdd);
  return found != rdds_.end() && found->second.lost.contains(block.partition);
}

const std::string& CachedBlocks::op(RddId rdd) const {
  static const std::string none;
  const auto found = rdds_.find(rdd);
  return found == rdds_.end() ? none : found->second.op;
}

std::uint32_t CachedBlocks::copies(RddId rdd) const {
  const auto found = rdds_.find(rdd);
  return found == rdds_.end() ? 1 : found->second.copies;
}

void CachedBlocks::describe(RddId rdd, std::string op, std::uint32_t copies) {
  const auto found = rdds_.find(rdd);
  if (found == rdds_.end()) return;
  found->second.op = std::move(op);
  found->second.copies = copies;
}

}  // namespace kindred::scheduler
