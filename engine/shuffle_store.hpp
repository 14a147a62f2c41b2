// Map outputs: what one side of a shuffle leaves for the other, inside a process and between
// processes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kindred/engine/block_bytes.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred {

class DiskMapOutput;

/// What one map task wrote: rows for each reduce partition, typed (rdd's shuffle.hpp knows the
/// type), or their bytes on disk. Immutable: retries and later jobs read it again.
class MapOutput {
 public:
  MapOutput() = default;
  MapOutput(const MapOutput&) = delete;
  MapOutput& operator=(const MapOutput&) = delete;
  virtual ~MapOutput() = default;

  /// The size of each reduce partition's bucket, in bytes.
  virtual std::vector<std::uint64_t> bucket_bytes() const = 0;
  /// One bucket as bytes.
  virtual std::string encode(PartitionId reduce) const = 0;
  /// The same in pieces, for who has no memory for all of it: calls `take` with what encode() gives
  /// of some of the rows, then of the next ones.
  virtual void for_each_piece(PartitionId reduce,
                              const std::function<void(std::string_view)>& take) const {
    take(encode(reduce));
  }
  /// This, where it is on disk.
  virtual const DiskMapOutput* on_disk() const { return nullptr; }
  /// The same bytes, where they are as far as they are anywhere. The output must live longer.
  virtual BlockBytes bytes(PartitionId reduce) const { return block_of(encode(reduce)); }
};
using MapOutputRef = std::shared_ptr<const MapOutput>;
/// Those of one shuffle by map partition; null where another executor has it, or nobody.
using ShuffleOutputs = std::vector<MapOutputRef>;

/// The map outputs of one process. Safe to use from any thread.
class ShuffleStore {
 public:
  /// Keeps the output of a map partition, in place of an earlier one.
  void put(ShuffleId shuffle, PartitionId map, MapOutputRef output);
  /// The output, or null.
  MapOutputRef find(ShuffleId shuffle, PartitionId map) const;
  /// All outputs of a shuffle as they are now: a reduce task takes one look here and not one for
  /// each map task. Never null.
  std::shared_ptr<const ShuffleOutputs> outputs(ShuffleId shuffle);
  void drop(ShuffleId shuffle);
  std::size_t size() const;

  /// One bucket: what a block service sends. Throws DecodeError if it is not here.
  BlockBytes bucket(ShuffleId shuffle, PartitionId map, PartitionId reduce) const;

 private:
  struct Shuffle {
    ShuffleOutputs outputs;
    std::shared_ptr<const ShuffleOutputs> copy;  // for readers; null until one asks for it
  };

  mutable std::mutex mutex_;
  std::unordered_map<ShuffleId, Shuffle> shuffles_;  // guarded by mutex_
};

/// Where the blocks of other executors come from. Safe to use from any thread.
class RemoteBlocks {
 public:
  RemoteBlocks() = default;
  RemoteBlocks(const RemoteBlocks&) = delete;
  RemoteBlocks& operator=(const RemoteBlocks&) = delete;
  virtual ~RemoteBlocks() = default;

  /// One bucket of a map output, in memory taken from `memory`; blocks until it can be read. Throws
  /// OutOfMemoryError, or another std::exception with a text that says why it could not be had;
  /// altered on the way is one.
  virtual std::unique_ptr<RemoteBlock> fetch(ExecutorId from, ShuffleId shuffle, PartitionId map,
                                             PartitionId reduce, const MemoryRef& memory) = 0;
};

}  // namespace kindred
