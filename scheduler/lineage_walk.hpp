// Questions to the narrow part of a stage's lineage that depend on which blocks are cached.
#pragma once

#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "kindred/engine/node.hpp"
#include "kindred/scheduler/cached_blocks.hpp"

namespace kindred::scheduler {

/// The shuffles that must be read to compute `partitions` of `end`: a cached block needs nothing
/// of what is above it.
std::unordered_set<ShuffleId> needed_shuffles(const Node& end,
                                              std::span<const PartitionId> partitions,
                                              const CachedBlocks& blocks);

/// Where a task is best run.
struct Locality {
  std::vector<ExecutorId> cached;  ///< they have a block that the task starts from
  std::vector<std::string> hosts;  ///< otherwise: Node::preferred_locations of the nearest node
};

/// Looks from `end` upwards for a cached block or a preferred location. Each node that is looked at
/// takes one from `steps`; the search ends when none is left.
Locality locality(const Node& end, PartitionId partition, const CachedBlocks& blocks,
                  std::size_t& steps);

}  // namespace kindred::scheduler
