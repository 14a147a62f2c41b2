#include "kindred/engine/sealed_block.hpp"

#include <cstdint>
#include <cstring>
#include <fmt/format.h>
#include <limits>

#include <lz4.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kindred/engine/error.hpp"

namespace kindred {
namespace {

constexpr std::uint32_t kMagic = 0x4b444b42;  // "BKDK" in memory
constexpr std::uint16_t kVersion = 1;
enum Form : std::uint16_t { kStored = 0, kLz4 = 1 };

struct Header {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t form;
  std::uint64_t raw_size;
  std::uint64_t stored_size;
  std::uint64_t checksum;
};
static_assert(sizeof(Header) == 32);

// Of the header too: stored bytes may happen to decode as LZ4, so that a change of the form alone
// would give other rows.
std::uint64_t checksum_of(Header header, std::string_view stored) {
  header.checksum = 0;
  return XXH3_64bits_withSeed(stored.data(), stored.size(), XXH3_64bits(&header, sizeof header));
}

// LZ4 cannot expand a byte to more than 255: a raw size beyond that was never written by
// seal_block.
constexpr std::uint64_t kMostExpansion = 255;

}  // namespace

std::string seal_block(std::string_view raw) {
  std::string sealed(sizeof(Header), '\0');
  Header header{kMagic, kVersion, kStored, raw.size(), raw.size(), 0};
  if (raw.size() <= LZ4_MAX_INPUT_SIZE) {
    const auto bound = static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(raw.size())));
    sealed.resize(sizeof(Header) + bound);
    const auto stored = LZ4_compress_default(raw.data(), sealed.data() + sizeof(Header),
                                             static_cast<int>(raw.size()), static_cast<int>(bound));
    if (stored > 0 && static_cast<std::size_t>(stored) < raw.size()) {
      header.form = kLz4;
      header.stored_size = static_cast<std::uint64_t>(stored);
    }
  }
  sealed.resize(sizeof(Header) + header.stored_size);
  if (header.form == kStored && !raw.empty()) {
    std::memcpy(sealed.data() + sizeof(Header), raw.data(), raw.size());
  }
  header.checksum = checksum_of(header, std::string_view(sealed).substr(sizeof(Header)));
  std::memcpy(sealed.data(), &header, sizeof header);
  return sealed;
}

std::string open_block(std::string_view sealed) {
  Header header{};
  if (sealed.size() < sizeof header) throw DecodeError("block: shorter than its header");
  std::memcpy(&header, sealed.data(), sizeof header);
  sealed.remove_prefix(sizeof header);
  if (header.magic != kMagic) throw DecodeError("block: no magic number at its start");
  if (header.version != kVersion) {
    throw DecodeError(fmt::format("block: version {}, expected {}", header.version, kVersion));
  }
  if (header.stored_size != sealed.size())
    throw DecodeError("block: another length than its header says");
  if (checksum_of(header, sealed) != header.checksum) {
    throw DecodeError("block: the checksum does not match, the bytes were altered");
  }
  if (header.form == kStored) {
    if (header.raw_size != sealed.size())
      throw DecodeError("block: another length than its header says");
    return std::string(sealed);
  }
  if (header.form != kLz4 || sealed.size() > std::numeric_limits<int>::max() ||
      header.raw_size > LZ4_MAX_INPUT_SIZE || header.raw_size / kMostExpansion > sealed.size()) {
    throw DecodeError("block: an impossible header");
  }
  std::string raw(header.raw_size, '\0');
  const auto size = LZ4_decompress_safe(sealed.data(), raw.data(), static_cast<int>(sealed.size()),
                                        static_cast<int>(raw.size()));
  if (size < 0 || static_cast<std::uint64_t>(size) != header.raw_size) {
    throw DecodeError("block: the compressed bytes do not decode");
  }
  return raw;
}

}  // namespace kindred
