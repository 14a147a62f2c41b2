// Questions to the narrow part of a stage's lineage that depend on which blocks are cached.
#pragma once

#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "kindred/engine/node.hpp"
#include "kindred/scheduler/cached_blocks.hpp"

namespace kindred::scheduler {

/// Where a task starts, and so where it is best run.
struct TaskStart {
  /// Each has all the blocks that the task starts from; empty where it starts from none.
  std::vector<ExecutorId> cached;
  /// Otherwise: Node::preferred_locations of the nearest node.
  std::vector<std::string> hosts;
};

/// Looks from `end` upwards for cached blocks and preferred locations. Blocks are read where they
/// are, so that only those count that one executor has together. `persisted` is CutStage's. Each
/// node that is looked at takes one from `steps`; the search ends when none is left.
TaskStart task_start(const Node& end, PartitionId partition, const CachedBlocks& blocks,
                     bool persisted, std::size_t& steps);

/// The shuffles that must be read to compute `partitions` of `end`, each where task_start() says.
std::unordered_set<ShuffleId> needed_shuffles(const Node& end,
                                              std::span<const PartitionId> partitions,
                                              const CachedBlocks& blocks);

/// The blocks that `executor` is believed to have of what `partition` of `end` is computed from.
std::vector<BlockId> blocks_on(ExecutorId executor, const Node& end, PartitionId partition,
                               const CachedBlocks& blocks);

/// The node of a persisted RDD that `partition` of `end` is computed from without a shuffle; null
/// where it is from none.
const Node* persisted_node(RddId rdd, const Node& end, PartitionId partition);
/// The op by which people know a persisted RDD.
std::string op_of(const Node& persisted);

}  // namespace kindred::scheduler
