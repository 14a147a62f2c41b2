// The wire form of a block: LZ4-compressed where that helps, with its length and a checksum.
#pragma once

#include <string>
#include <string_view>

namespace kindred {

/// Header (magic, version, form, raw size, stored size, XXH3 of header and bytes), then the bytes.
std::string seal_block(std::string_view raw);
/// Throws DecodeError for a block that is truncated, altered, or of another version.
std::string open_block(std::string_view sealed);

}  // namespace kindred
