// The text of a file, decompressed where it is compressed, from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/file_split.hpp"

namespace kindred::detail {

/// Gives a file's text in sequence. Used by one thread.
class FileBytes {
 public:
  FileBytes() = default;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  virtual ~FileBytes();

  /// Reads up to `size` bytes of text; 0 only at its end. Throws InputError where the file is
  /// truncated, corrupt, or shorter than when its splits were planned.
  virtual std::size_t read(char* to, std::size_t size) = 0;
};

/// Opens the file of `split` at byte `offset` of its text; only plain files have another one than
/// 0. Throws InputError, and OutOfMemoryError where `memory` refuses what decompressing takes.
std::unique_ptr<FileBytes> open_bytes(const FileSplit& split, std::uint64_t offset,
                                      const MemoryRef& memory);

/// The number of the line, from 1, that holds byte `offset` of the file's text. Reads the file up
/// to there: for errors only.
std::uint64_t line_at(const FileSplit& split, std::uint64_t offset, const MemoryRef& memory);

}  // namespace kindred::detail
