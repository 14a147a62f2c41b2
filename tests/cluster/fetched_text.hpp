// What a client fetches, as text.
#pragma once

#include <memory>
#include <string>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/shuffle_store.hpp"

namespace kindred::test {

/// A bucket of shuffle 1.
inline std::string fetched(RemoteBlocks& client, ExecutorId from, PartitionId map,
                           PartitionId reduce,
                           const MemoryRef& memory = std::make_shared<MemoryManager>()) {
  const auto block = client.fetch(from, ShuffleId{1}, map, reduce, memory);
  const auto bytes = block->next(block->left());
  return {bytes.begin(), bytes.end()};
}

}  // namespace kindred::test
