// Which executor has which partition of which persisted RDD.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::scheduler {

/// What executors reported of their block stores, and which partitions were lost with executors and
/// are not there again.
class CachedBlocks {
 public:
  /// False where the RDD was unpersisted while tasks still ran: the block is not wanted.
  bool add(BlockId block, ExecutorId executor);
  /// False where it was not there.
  bool remove(BlockId block, ExecutorId executor);
  /// What an executor had, by op: partitions that are nowhere any longer, and those that another
  /// executor has too.
  struct Removed {
    std::vector<KeptPartitions> lost;
    std::vector<KeptPartitions> elsewhere;
  };
  Removed remove_executor(ExecutorId executor);
  /// Forgets the RDD, and returns the executors that have blocks of it, in order.
  std::vector<ExecutorId> unpersist(RddId rdd);
  /// No task runs any longer that could report a block of an unpersisted RDD.
  void forget_unpersisted() { unpersisted_.clear(); }

  std::span<const ExecutorId> locations(RddId rdd, PartitionId partition) const;
  bool was_lost(BlockId block) const;
  /// No block is anywhere.
  bool empty() const { return blocks_ == 0; }

  /// The op by which the RDD is reported; empty as long as nobody named it.
  const std::string& op(RddId rdd) const;
  /// On how many executors each partition is to be.
  std::uint32_t copies(RddId rdd) const;
  void describe(RddId rdd, std::string op, std::uint32_t copies);

 private:
  struct Rdd {
    std::string op;
    std::uint32_t copies = 1;
    std::unordered_map<PartitionId, std::vector<ExecutorId>> blocks;
    std::unordered_set<PartitionId> lost;
  };

  std::unordered_map<RddId, Rdd> rdds_;
  std::size_t blocks_ = 0;  // partitions that are somewhere
  std::unordered_set<RddId> unpersisted_;
};

}  // namespace kindred::scheduler
