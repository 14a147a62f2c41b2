// Which bytes of an input file each partition reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kindred::detail {

enum class Compression : std::uint8_t { none, gzip, zstd };

/// A partition's part of a file. It owns the lines that begin in [begin, end), so that each line of
/// the file belongs to exactly one split, wherever the cuts are.
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

/// Finds the file and cuts it at byte offsets into `partitions` parts, by default into parts of
/// about 32 MiB, so that their number depends on the file alone. A compressed file (.gz, .zst) is
/// one split whatever is asked for: it can only be read from its start. Throws InputError where
/// the file cannot be read or is not what its name says, UsageError for zero partitions.
std::vector<FileSplit> plan_splits(const std::string& path,
                                   std::optional<std::uint32_t> partitions);

}  // namespace kindred::detail
