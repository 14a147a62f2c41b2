#include "kindred/engine/shuffle_store.hpp"

#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred {

void ShuffleStore::put(ShuffleId shuffle, PartitionId map, MapOutputRef output) {
  const std::lock_guard lock(mutex_);
  shuffles_[shuffle].insert_or_assign(map, std::move(output));
}

MapOutputRef ShuffleStore::find(ShuffleId shuffle, PartitionId map) const {
  const std::lock_guard lock(mutex_);
  const auto outputs = shuffles_.find(shuffle);
  if (outputs == shuffles_.end()) return nullptr;
  const auto found = outputs->second.find(map);
  return found == outputs->second.end() ? nullptr : found->second;
}

void ShuffleStore::drop(ShuffleId shuffle) {
  Outputs dropped;  // freed after the lock is given back
  const std::lock_guard lock(mutex_);
  const auto found = shuffles_.find(shuffle);
  if (found == shuffles_.end()) return;
  dropped = std::move(found->second);
  shuffles_.erase(found);
}

std::size_t ShuffleStore::size() const {
  const std::lock_guard lock(mutex_);
  return shuffles_.size();
}

BlockBytes ShuffleStore::bucket(ShuffleId shuffle, PartitionId map, PartitionId reduce) const {
  auto output = find(shuffle, map);
  if (output == nullptr) {
    throw DecodeError(fmt::format("map output {} of shuffle {} is not on this executor", map.value,
                                  shuffle.value));
  }
  auto block = output->bytes(reduce);
  block.owners.push_back(std::move(output));
  return block;
}

}  // namespace kindred
