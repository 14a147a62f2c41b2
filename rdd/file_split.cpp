#include "kindred/rdd/file_split.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fmt/format.h>
#include <string_view>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/input_file.hpp"

namespace kindred::detail {
namespace {

constexpr std::uint64_t kDefaultSplitBytes = 32 * 1024 * 1024;

bool begins_as(Compression compression, std::string_view magic) {
  if (compression == Compression::gzip) return magic.starts_with("\x1f\x8b");
  // A frame, or one of the sixteen kinds of skippable frames that may come first.
  return magic.starts_with("\x28\xb5\x2f\xfd") ||
         (magic.size() == 4 && (magic[0] & 0xf0) == 0x50 && magic.substr(1) == "\x2a\x4d\x18");
}

Compression compression_of(const InputFile& file) {
  const std::string_view path = file.path();
  const auto named = path.ends_with(".gz")    ? Compression::gzip
                     : path.ends_with(".zst") ? Compression::zstd
                                              : Compression::none;
  if (named == Compression::none) return named;
  std::array<char, 4> magic{};
  const auto size = file.read_at(0, magic.data(), magic.size());
  if (!begins_as(named, {magic.data(), size})) {
    file.fail(fmt::format(
        "its name says that it is compressed with {0}, but it does not begin as such a file; "
        "compress it again, or rename it if it is plain text",
        named == Compression::gzip ? "gzip" : "zstd"));
  }
  return named;
}

// size * part / parts without overflow.
std::uint64_t cut_at(std::uint64_t size, std::uint64_t part, std::uint64_t parts) {
  return size / parts * part + size % parts * part / parts;
}

}  // namespace

std::vector<FileSplit> plan_splits(const std::string& path,
                                   std::optional<std::uint32_t> partitions) {
  if (partitions == 0) throw UsageError("a file needs one partition at least; 0 were asked for");
  const InputFile file(path);
  const auto compression = compression_of(file);
  // Executors may have another working directory.
  FileSplit split{std::filesystem::absolute(path).string(), compression, 0, 0, file.size()};
  std::uint64_t parts = 1;
  if (compression == Compression::none) {
    const auto wanted = (file.size() + kDefaultSplitBytes - 1) / kDefaultSplitBytes;
    parts = partitions.value_or(static_cast<std::uint32_t>(std::max<std::uint64_t>(wanted, 1)));
  }
  std::vector<FileSplit> splits;
  splits.reserve(parts);
  for (std::uint64_t part = 1; part <= parts; ++part) {
    split.end = cut_at(file.size(), part, parts);
    splits.push_back(split);
    split.begin = split.end;
  }
  return splits;
}

}  // namespace kindred::detail
