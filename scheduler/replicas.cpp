#include "kindred/scheduler/replicas.hpp"

#include <algorithm>
#include <utility>

namespace kindred::scheduler {
namespace {

// Executors on which a block may fail to be copied, until that is no longer put down to them.
constexpr std::size_t kMostFailures = 3;

void sort_unique(std::vector<ExecutorId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

}  // namespace

void Replicas::joined(ExecutorId executor) {
  executors_.insert(std::lower_bound(executors_.begin(), executors_.end(), executor), executor);
  to_plan_.merge(std::exchange(short_, {}));
}

void Replicas::gone(ExecutorId executor) {
  std::erase(executors_, executor);
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second.to == executor; });
  short_.clear();
  for (auto& [id, block] : blocks_) {
    std::erase(block.coming, executor);
    // They may have failed because of the one that is gone.
    block.failed_on.clear();
    to_plan_.insert(id);
  }
}

void Replicas::want(BlockId block) {
  blocks_.try_emplace(block);
  to_plan_.insert(block);
}

std::vector<Replicate> Replicas::plan(const CachedBlocks& blocks) {
  std::vector<Replicate> planned;
  for (const auto id : std::exchange(to_plan_, {})) {
    const auto place = blocks_.find(id);
    if (place == blocks_.end()) continue;
    auto& block = place->second;
    const auto holders = blocks.locations(id.rdd, id.partition);
    if (holders.empty()) {
      if (block.coming.empty()) blocks_.erase(place);
      continue;
    }
    auto others = block.coming;
    others.insert(others.end(), holders.begin(), holders.end());
    sort_unique(others);
    for (auto copies = others.size(); copies < blocks.copies(id.rdd); ++copies) {
      if (block.failed_on.size() >= kMostFailures) break;
      auto not_to = others;
      not_to.insert(not_to.end(), block.failed_on.begin(), block.failed_on.end());
      const auto to = target(id, std::move(not_to));
      if (!to) {
        short_.insert(id);
        break;
      }
      // What one that failed has may be damaged there.
      const auto from = holders[block.failed_on.size() % holders.size()];
      planned.push_back({ReplicaId{next_++}, id, from, *to});
      under_way_.emplace(planned.back().replica, UnderWay{id, from, *to});
      block.coming.push_back(*to);
      others.push_back(*to);
    }
  }
  return planned;
}

std::optional<BlockId> Replicas::ended(ReplicaId replica, ExecutorId to, bool stored) {
  const auto found = under_way_.find(replica);
  if (found == under_way_.end() || found->second.to != to) return std::nullopt;
  const auto copy = found->second;
  under_way_.erase(found);
  auto& block = blocks_.at(copy.block);
  std::erase(block.coming, to);
  // That an executor is gone which had the block is not the fault of who asked for it.
  if (!stored && has(copy.from)) block.failed_on.push_back(to);
  to_plan_.insert(copy.block);
  return copy.block;
}

std::vector<ExecutorId> Replicas::forget(RddId rdd) {
  std::vector<ExecutorId> executors;
  const auto first = blocks_.lower_bound({rdd, PartitionId{0}});
  auto last = first;
  for (; last != blocks_.end() && last->first.rdd == rdd; ++last) {
    const auto& coming = last->second.coming;
    executors.insert(executors.end(), coming.begin(), coming.end());
    to_plan_.erase(last->first);
    short_.erase(last->first);
  }
  blocks_.erase(first, last);
  std::erase_if(under_way_, [&](const auto& entry) { return entry.second.block.rdd == rdd; });
  return executors;
}

bool Replicas::has(ExecutorId executor) const {
  return std::binary_search(executors_.begin(), executors_.end(), executor);
}

// Of the executors that are not among `others`, that in the place of the partition's number.
std::optional<ExecutorId> Replicas::target(BlockId block, std::vector<ExecutorId> others) const {
  sort_unique(others);
  std::erase_if(others, [this](ExecutorId other) { return !has(other); });
  if (others.size() == executors_.size()) return std::nullopt;
  auto place = block.partition.value % (executors_.size() - others.size());
  for (const auto other : others) {
    const auto taken = std::lower_bound(executors_.begin(), executors_.end(), other);
    if (static_cast<std::size_t>(taken - executors_.begin()) <= place) ++place;
  }
  return executors_[place];
}

}  // namespace kindred::scheduler
