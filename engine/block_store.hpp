// The cached partitions of one process.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kindred/engine/ids.hpp"

namespace kindred {

/// A block as warnings name it: "block 3 of persist at pi.cpp:12 (Rdd 7)".
std::string block_name(BlockId id, std::string_view op);

/// Keeps the blocks of persisted RDDs. Blocks are immutable and shared: one that is dropped lives
/// on until its last reader is done. Safe to use from any thread.
class BlockStore {
 public:
  using Block = std::shared_ptr<const void>;

  /// Keeps `block`, unless the id is there already: the block that is kept is returned.
  Block put(BlockId id, Block block);
  /// The block, or null.
  Block find(BlockId id) const;
  /// Drops `block`, unless another one has come in its place.
  void drop(BlockId id, const Block& block);
  /// Drops all blocks of an RDD.
  void drop(RddId rdd);
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<BlockId, Block> blocks_;  // guarded by mutex_
};

}  // namespace kindred
