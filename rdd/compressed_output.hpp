// Bytes on their way into a file, compressed or as they are.
#pragma once

#include <memory>
#include <string_view>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/output_file.hpp"
#include "kindred/rdd/save_options.hpp"

namespace kindred::detail {

/// Writes to a file. Used by one thread.
class CompressedOutput {
 public:
  CompressedOutput() = default;
  CompressedOutput(const CompressedOutput&) = delete;
  CompressedOutput& operator=(const CompressedOutput&) = delete;
  virtual ~CompressedOutput();

  /// Throws InputError, and OutOfMemoryError.
  virtual void write(std::string_view bytes) = 0;
  /// Writes what is left; without it the file is truncated.
  virtual void finish() = 0;
};

/// Writes into `file`, which must outlive it. Throws OutOfMemoryError where `memory` refuses what
/// compressing takes. The same bytes in give the same bytes out.
std::unique_ptr<CompressedOutput> compress_into(OutputFile& file, OutputCompression compression,
                                                const MemoryRef& memory);

/// ".gz", ".zst", ".lz4", or nothing.
std::string_view suffix_of(OutputCompression compression);

}  // namespace kindred::detail
