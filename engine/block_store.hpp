// The cached partitions of one process.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kindred/engine/cached_block.hpp"
#include "kindred/engine/ids.hpp"

namespace kindred {

/// A block as warnings name it: "block 3 of persist at pi.cpp:12 (Rdd 7)".
std::string block_name(BlockId id, std::string_view op);

/// Keeps the blocks of persisted RDDs. Blocks are immutable and shared: one that is dropped lives
/// on until its last reader is done. Safe to use from any thread.
class BlockStore {
 public:
  using Block = CachedBlockRef;

  /// Keeps `block`, unless the id is there already: the block that is kept is returned.
  Block put(BlockId id, Block block);
  /// The block, or null.
  Block find(BlockId id) const;
  /// Puts `block` into the place of `old`; nothing, where the store has another one by now, or
  /// none.
  void replace(BlockId id, const Block& old, Block block);
  /// Drops `block`, unless another one has come in its place.
  void drop(BlockId id, const Block& block);
  /// Drops all blocks of an RDD.
  void drop(RddId rdd);
  std::size_t size() const;

  /// A block in its wire form (seal_block): what a block service sends. Throws DecodeError if it is
  /// not here.
  std::string sealed(BlockId id) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<BlockId, Block> blocks_;  // guarded by mutex_
};

}  // namespace kindred
