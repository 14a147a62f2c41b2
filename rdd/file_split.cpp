#include "kindred/rdd/file_split.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>

#include "kindred/engine/check.hpp"
#include "kindred/rdd/input_file.hpp"
#include "kindred/rdd/input_paths.hpp"

namespace kindred::detail {
namespace {

constexpr std::uint64_t kPartitionBytes = 32 * 1024 * 1024;
// Opening a file takes about as long as reading this much of it.
constexpr std::uint64_t kLeastFileBytes = 64 * 1024;

struct Format {
  Compression compression;
  std::string_view ending;
  std::string_view name;
  std::string_view magic;
  bool skippable;  // whether a skippable frame, of sixteen kinds, may come first
};
constexpr Format kFormats[] = {
    {Compression::gzip, ".gz", "gzip", "\x1f\x8b", false},
    {Compression::zstd, ".zst", "zstd", "\x28\xb5\x2f\xfd", true},
    {Compression::lz4, ".lz4", "lz4", "\x04\x22\x4d\x18", true},
};

bool begins_as(const Format& format, std::string_view magic) {
  if (magic.starts_with(format.magic)) return true;
  return format.skippable && magic.size() == 4 && (magic[0] & 0xf0) == 0x50 &&
         magic.substr(1) == "\x2a\x4d\x18";
}

Compression compression_of(const InputFile& file) {
  for (const auto& format : kFormats) {
    if (!file.path().ends_with(format.ending)) continue;
    std::array<char, 4> magic{};
    const auto size = file.read_at(0, magic.data(), magic.size());
    if (!begins_as(format, {magic.data(), size})) {
      file.fail(fmt::format(
          "its name says that it is compressed with {}, but it does not begin as such a file; "
          "compress it again, or rename it if it is plain text",
          format.name));
    }
    return format.compression;
  }
  return Compression::none;
}

// The whole of each file that is not empty.
std::vector<FileSplit> open_files(const std::string& paths) {
  std::vector<FileSplit> files;
  for (const auto& path : find_files(paths)) {
    const InputFile file(path);
    const auto compression = compression_of(file);
    if (file.size() == 0) continue;
    // Executors may have another working directory.
    files.push_back(
        {std::filesystem::absolute(path).string(), compression, 0, file.size(), file.size()});
  }
  return files;
}

// size * part / parts without overflow.
std::uint64_t cut_at(std::uint64_t size, std::uint64_t part, std::uint64_t parts) {
  return size / parts * part + size % parts * part / parts;
}

std::vector<FilePartition> deal_by_files(std::vector<FileSplit> files) {
  std::vector<FilePartition> partitions(1);
  std::uint64_t bytes = 0;  // of the last partition
  for (auto& file : files) {
    const auto counted = std::max(file.file_size, kLeastFileBytes);
    if (bytes > 0 && bytes + counted > kPartitionBytes) {
      partitions.emplace_back();
      bytes = 0;
    }
    bytes += counted;
    const auto parts = file.compression == Compression::none
                           ? (file.file_size + kPartitionBytes - 1) / kPartitionBytes
                           : 1;
    for (std::uint64_t part = 1; part <= parts; ++part) {
      file.end = cut_at(file.file_size, part, parts);
      if (part > 1) partitions.emplace_back();
      partitions.back().push_back(file);
      file.begin = file.end;
    }
  }
  return partitions;
}

std::vector<FilePartition> deal_by_number(std::vector<FileSplit> files, std::uint32_t count) {
  KINDRED_CHECK(count > 0);
  std::uint64_t total = 0;
  for (const auto& file : files) total += file.file_size;
  std::vector<FilePartition> partitions(count);
  std::uint32_t at = 0;          // the partition that is being filled
  std::uint64_t file_begin = 0;  // as if all files were one
  bool cuttable = true;
  for (auto& file : files) {
    const bool plain = file.compression == Compression::none;
    cuttable &= plain;
    while (file.begin < file.file_size) {
      while (cut_at(total, at + 1, count) <= file_begin + file.begin) ++at;
      const auto cut = cut_at(total, at + 1, count) - file_begin;
      file.end = plain ? std::min(cut, file.file_size) : file.file_size;
      partitions[at].push_back(file);
      file.begin = file.end;
    }
    file_begin += file.file_size;
  }
  if (!cuttable) std::erase_if(partitions, [](const auto& one) { return one.empty(); });
  return partitions;
}

}  // namespace

std::vector<FilePartition> plan_splits(const std::string& paths,
                                       std::optional<std::uint32_t> partitions) {
  auto files = open_files(paths);
  return partitions ? deal_by_number(std::move(files), *partitions)
                    : deal_by_files(std::move(files));
}

}  // namespace kindred::detail
