// A block on disk: pieces of bytes, each with a checksum, in one file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kindred/engine/disk.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred {

/// About how much is written and read at once: what a block on disk takes of a task's memory.
inline constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

/// Pieces of bytes in a file of their own, sealed as seal_block() does. Where each is, and its
/// checksum, stays in memory: no other bytes are ever taken for it, be they an older piece of the
/// same size. Written by one thread, then read by any number.
class DiskPieces {
 public:
  /// `name` says in errors which block it is. Throws InputError where there can be no file.
  DiskPieces(Disk& disk, const MemoryRef& memory, std::string name);

  /// Appends a piece. Throws InputError with name and folder, or OutOfMemoryError; the pieces
  /// before it can be read then as before.
  void add(std::string_view raw);
  std::size_t size() const { return pieces_.size(); }
  /// What all pieces were before they were sealed.
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  MemoryRef memory() const { return pieces_.get_allocator().memory(); }
  /// What a piece takes on disk.
  std::uint64_t bytes(std::size_t i) const { return pieces_.at(i).size; }

  /// A piece as it was added. Throws DecodeError, with the name, where the disk gives back anything
  /// else.
  std::string piece(std::size_t i) const;
  /// The same, still sealed.
  std::string sealed(std::size_t i) const;
  /// Reads all pieces; throws what piece() does.
  void check() const;

 private:
  struct Piece {
    std::uint64_t offset;
    std::uint64_t size;
    std::uint64_t checksum;
  };
  [[noreturn]] void throw_damaged(std::size_t i, std::string_view why) const;

  const std::string name_;
  const std::unique_ptr<DiskFile> file_;
  AccountedVector<Piece> pieces_;
  std::uint64_t raw_bytes_ = 0;
};

/// The pieces from `begin` on, without `end`, of rows that RowPieces cut, as write_rows() writes
/// them. Throws what piece() does.
std::string joined_rows(const DiskPieces& pieces, std::size_t begin, std::size_t end);

}  // namespace kindred
