// Which blocks are being copied to further executors, and which still should be.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/scheduler/cached_blocks.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::scheduler {

/// Says which copies are to be made, so that each block is on as many executors as its RDD wants,
/// or on all where there are fewer. Where a block is, CachedBlocks knows; what is under way, only
/// this does. Blocks of one partition number go to the same executor where they can, so that those
/// of two RDDs that were together are so again.
class Replicas {
 public:
  void joined(ExecutorId executor);
  /// Takes back what was under way to it, and looks at all blocks again: some may have had a copy
  /// there.
  void gone(ExecutorId executor);

  /// The block was cached, and is wanted on more than one executor.
  void want(BlockId block);
  /// The copies to be made now. Each ends by a call of ended(), unless it was taken back.
  std::vector<Replicate> plan(const CachedBlocks& blocks);
  /// A copy is there, or could not be made; null where it was taken back before. A block whose
  /// copies fail again and again is left as it is until an executor is lost.
  std::optional<BlockId> ended(ReplicaId replica, ExecutorId to, bool stored);
  /// Takes back all copies of an RDD, and returns the executors that may have one under way.
  std::vector<ExecutorId> forget(RddId rdd);

  /// Copies that are under way.
  std::size_t under_way() const { return under_way_.size(); }
  bool empty() const { return blocks_.empty() && under_way_.empty(); }

 private:
  struct Block {
    std::vector<ExecutorId> coming;     // executors to which a copy is under way
    std::vector<ExecutorId> failed_on;  // not tried again there
  };
  struct UnderWay {
    BlockId block;
    ExecutorId from;
    ExecutorId to;
  };

  bool has(ExecutorId executor) const;
  std::optional<ExecutorId> target(BlockId block, std::vector<ExecutorId> others) const;

  std::vector<ExecutorId> executors_;  // in order
  std::map<BlockId, Block> blocks_;    // those that want copies
  std::map<ReplicaId, UnderWay> under_way_;
  std::set<BlockId> to_plan_;  // something changed for them
  std::set<BlockId> short_;    // for which there were too few executors
  std::uint64_t next_ = 0;
};

}  // namespace kindred::scheduler
