// Map outputs that do not stay in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/disk_pieces.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/shuffle_store.hpp"

namespace kindred {

struct ExecutorStores;

/// A map output in a file of its own: each bucket is a few pieces, one after the other. What is
/// damaged there is a DecodeError that says DISK.
class DiskMapOutput final : public MapOutput {
 public:
  /// Writes all of `output`; `name` says in errors which one it is. Throws InputError with name and
  /// folder where the disk refuses it, and OutOfMemoryError.
  DiskMapOutput(const MapOutput& output, Disk& disk, const MemoryRef& memory, std::string name);

  /// As they are on disk.
  std::vector<std::uint64_t> bucket_bytes() const override;
  std::string encode(PartitionId reduce) const override;
  const DiskMapOutput* on_disk() const override { return this; }

  /// The first of a bucket's pieces, and the one after its last.
  std::pair<std::size_t, std::size_t> pieces(PartitionId reduce) const;
  /// A piece, which is what encode() gives of some of the bucket's rows.
  std::string piece(std::size_t i) const { return pieces_.piece(i); }

 private:
  DiskPieces pieces_;
  AccountedVector<std::uint32_t> ends_;  // of each bucket, among the pieces
};

namespace detail {

/// `output` in the form in which the executor keeps it, which its options and the memory in use
/// decide. Where its disk refuses it, it stays in memory; `refused` says so.
MapOutputRef stored(const ExecutorStores& stores, MapOutputRef output, const std::string& name,
                    WarnOnce& refused);

}  // namespace detail
}  // namespace kindred
