// How a save writes its files.
#pragma once

#include <cstdint>

namespace kindred {

/// How files are compressed, as streams that the usual tools read: .gz, .zst, .lz4 (frames).
enum class OutputCompression : std::uint8_t { none, gzip, zstd, lz4 };

/// What save_as_text_file() can be told.
///     words.save_as_text_file("words", {.compression = kindred::OutputCompression::zstd});
struct SaveOptions {
  OutputCompression compression = OutputCompression::none;
};

}  // namespace kindred
