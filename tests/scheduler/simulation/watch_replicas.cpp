#include <algorithm>

#include "tests/scheduler/simulation/watch.hpp"

namespace kindred::simulation {

using namespace kindred::scheduler;

std::uint32_t Watch::copies_of(RddId rdd) const {
  const auto node = std::find_if(program_.persisted.begin(), program_.persisted.end(),
                                 [&](const NodeRef& one) { return one->id() == rdd; });
  require(node != program_.persisted.end(), "{} is no persisted RDD", rdd.value);
  return (*node)->copies();
}

void Watch::has_block(BlockId block, ExecutorId executor) {
  blocks_[block].insert(executor);
  doubtful_blocks_.erase({block, executor});
}

void Watch::doubt_blocks(ExecutorId executor) {
  for (const auto& [block, holders] : blocks_) {
    if (holders.contains(executor)) doubtful_blocks_.insert({block, executor});
  }
}

void Watch::take(const ReplicaEnded& event) {
  const auto copy = copying_.find(event.replica);
  if (copy == copying_.end() || copy->second.to != event.executor) return;
  if (event.stored) has_block(copy->second.block, event.executor);
  copying_.erase(copy);
}

// Only from where the block is, to where it is not, and no more than are wanted.
void Watch::check(const Replicate& action) {
  const auto partition = action.block.partition.value;
  const auto rdd = action.block.rdd;
  require(seen_replicas_.insert(action.replica).second, "copy {} was asked for twice",
          action.replica.value);
  require(executors_.contains(action.from) && executors_.contains(action.to),
          "a copy from executor {} to executor {}, one of which is not there", action.from.value,
          action.to.value);
  auto has = blocks_[action.block];
  require(has.contains(action.from), "partition {} of {} is not on executor {} to be copied",
          partition, rdd.value, action.from.value);
  std::erase_if(has, [&](ExecutorId executor) {
    return doubtful_blocks_.contains({action.block, executor});
  });
  for (const auto& [id, copy] : copying_) {
    if (copy.block == action.block) has.insert(copy.to);
  }
  require(!has.contains(action.to), "partition {} of {} is on executor {}, or on its way",
          partition, rdd.value, action.to.value);
  require(has.size() < copies_of(rdd), "more copies of partition {} of {} than are wanted",
          partition, rdd.value);
  copying_.emplace(action.replica, action);
}

void Watch::all_copied() const {
  require(copying_.empty(), "{} copies have not ended", copying_.size());
  for (const auto& [block, holders] : blocks_) {
    const auto wanted = std::min<std::size_t>(copies_of(block.rdd), executors_.size());
    require(holders.empty() || holders.size() >= wanted, "partition {} of {} has {} copies of {}",
            block.partition.value, block.rdd.value, holders.size(), wanted);
  }
}

}  // namespace kindred::simulation
