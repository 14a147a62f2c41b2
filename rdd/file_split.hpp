// Which bytes of an input file each partition reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kindred::detail {

enum class Compression : std::uint8_t { none, gzip, zstd, lz4 };

/// A part of a file. It owns the lines that begin in [begin, end), so that each line of the file
/// belongs to exactly one split, wherever the cuts are.
struct FileSplit {
  std::string path;
  Compression compression = Compression::none;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t file_size = 0;  ///< bytes on disk when the splits were planned

  template <class Archive>
  void serialize(Archive& archive) {
    archive(path, compression, begin, end, file_size);
  }
};

/// What a partition reads, one after the other; may be empty.
using FilePartition = std::vector<FileSplit>;

/// Finds the files of `paths`, as find_files() does, and deals them out in their order.
///
/// By default by files: one of more than 32 MiB is cut at byte offsets into equal parts of at most
/// 32 MiB, and smaller ones are put together, whole, into partitions of at most 32 MiB, where each
/// counts as 64 KiB at least. So 100,000 small files make 200 tasks and not 100,000, and the number
/// follows from the files alone. With a number of `partitions` (at least 1), as if all files were
/// one: into that many parts of equal size.
///
/// A compressed file (.gz, .zst, .lz4) is read from its start, so it is never cut, and counts by
/// its compressed size; where such files leave a partition nothing to read there are fewer than
/// were asked for. No file at all makes empty partitions. Throws InputError where a file cannot be
/// read or is not what its name says.
std::vector<FilePartition> plan_splits(const std::string& paths,
                                       std::optional<std::uint32_t> partitions);

}  // namespace kindred::detail
