#include "kindred/engine/shuffle_store.hpp"

#include <cstddef>
#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred {

void ShuffleStore::put(ShuffleId shuffle, PartitionId map, MapOutputRef output) {
  std::shared_ptr<const ShuffleOutputs> outdated;  // freed after the lock is given back
  const std::lock_guard lock(mutex_);
  auto& [outputs, copy] = shuffles_[shuffle];
  if (outputs.size() <= map.value) outputs.resize(std::size_t{map.value} + 1);
  std::swap(outputs[map.value], output);
  outdated = std::exchange(copy, nullptr);
}

MapOutputRef ShuffleStore::find(ShuffleId shuffle, PartitionId map) const {
  const std::lock_guard lock(mutex_);
  const auto found = shuffles_.find(shuffle);
  if (found == shuffles_.end()) return nullptr;
  const auto& outputs = found->second.outputs;
  return map.value < outputs.size() ? outputs[map.value] : nullptr;
}

std::shared_ptr<const ShuffleOutputs> ShuffleStore::outputs(ShuffleId shuffle) {
  static const auto kNothing = std::make_shared<const ShuffleOutputs>();
  const std::lock_guard lock(mutex_);
  const auto found = shuffles_.find(shuffle);
  if (found == shuffles_.end()) return kNothing;
  auto& [outputs, copy] = found->second;
  if (copy == nullptr) copy = std::make_shared<const ShuffleOutputs>(outputs);
  return copy;
}

void ShuffleStore::drop(ShuffleId shuffle) {
  Shuffle dropped;  // freed after the lock is given back
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
