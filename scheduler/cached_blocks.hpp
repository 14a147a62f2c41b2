// Which executor has which partition of which persisted RDD.
#pragma once

#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred::scheduler {

/// What executors reported of their block stores.
class CachedBlocks {
 public:
  /// False where the RDD was unpersisted while tasks still ran: the block is not wanted.
  bool add(BlockId block, ExecutorId executor);
  /// False where it was not there.
  bool remove(BlockId block, ExecutorId executor);
  void remove_executor(ExecutorId executor);
  /// Forgets the RDD, and returns the executors that have blocks of it, in order.
  std::vector<ExecutorId> unpersist(RddId rdd);
  /// No task runs any longer that could report a block of an unpersisted RDD.
  void forget_unpersisted() { unpersisted_.clear(); }

  std::span<const ExecutorId> locations(RddId rdd, PartitionId partition) const;
  bool empty() const { return rdds_.empty(); }

 private:
  struct Rdd {
    std::unordered_map<PartitionId, std::vector<ExecutorId>> blocks;
  };

  std::unordered_map<RddId, Rdd> rdds_;
  std::unordered_set<RddId> unpersisted_;
};

}  // namespace kindred::scheduler
