#include "kindred/engine/block_store.hpp"

#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred {

std::string block_name(BlockId id, std::string_view op) {
  return fmt::format("block {} of {} (Rdd {})", id.partition.value, op, id.rdd.value);
}

BlockStore::Block BlockStore::put(BlockId id, Block block) {
  const std::lock_guard lock(mutex_);
  return blocks_.try_emplace(id, std::move(block)).first->second;
}

BlockStore::Block BlockStore::find(BlockId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(id);
  return found == blocks_.end() ? nullptr : found->second;
}

void BlockStore::replace(BlockId id, const Block& old, Block block) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(id);
  if (found != blocks_.end() && found->second == old) found->second.swap(block);
}

void BlockStore::drop(BlockId id, const Block& block) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(id);
  if (found != blocks_.end() && found->second == block) blocks_.erase(found);
}

void BlockStore::drop(RddId rdd) {
  std::vector<Block> dropped;  // freed after the lock is given back: a block may be large
  const std::lock_guard lock(mutex_);
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    if (at->first.rdd == rdd) {
      dropped.push_back(std::move(at->second));
      at = blocks_.erase(at);
    } else {
      ++at;
    }
  }
}

std::size_t BlockStore::size() const {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

std::string BlockStore::sealed(BlockId id) const {
  const auto block = find(id);
  if (block == nullptr) {
    throw DecodeError(fmt::format("partition {} of persisted RDD {} is not on this executor",
                                  id.partition.value, id.rdd.value));
  }
  return block->sealed();
}

}  // namespace kindred
