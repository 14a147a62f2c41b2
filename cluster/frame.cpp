#include "kindred/cluster/frame.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kindred/engine/check.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t kMagic = 0x464b444b;  // "KDKF" in memory
constexpr std::uint64_t kFirstStep = 64 << 10;

// Seeded, so that a changed type or length is found as surely as a changed payload.
std::uint64_t checksum(std::uint16_t type, std::string_view payload) {
  const auto seed = (std::uint64_t{type} << 48) ^ payload.size();
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed);
}

}  // namespace

void seal_frame(std::uint16_t type, std::string& bytes) {
  KINDRED_CHECK(bytes.size() >= kFrameHeaderBytes);
  const auto payload = std::string_view(bytes).substr(kFrameHeaderBytes);
  if (payload.size() > kMostPayload) {
    throw UsageError(fmt::format(
        "a message of {} bytes to another process: {} is the most. Use more partitions, or collect "
        "less",
        payload.size(), kMostPayload));
  }
  const FrameHeader header{kMagic, kProtocolVersion, type, payload.size(), checksum(type, payload)};
  std::memcpy(bytes.data(), &header, sizeof header);
}

std::span<char> FrameReader::space() {
  if (have_ < kFrameHeaderBytes) {
    return std::span(header_bytes_).subspan(static_cast<std::size_t>(have_));
  }
  const auto have = have_ - kFrameHeaderBytes;
  if (have == payload_.size()) {
    // As much again as has arrived: a length that lies costs its sender as many bytes as us.
    payload_.resize(std::min(header_.length, std::max(kFirstStep, have * 2)));
  }
  return std::span(payload_).subspan(static_cast<std::size_t>(have));
}

std::optional<Frame> FrameReader::filled(std::size_t size) {
  const bool header_was_open = have_ < kFrameHeaderBytes;
  have_ += size;
  if (have_ < kFrameHeaderBytes) return std::nullopt;
  if (header_was_open) {
    std::memcpy(&header_, header_bytes_, sizeof header_);
    check_header();
  }
  if (have_ - kFrameHeaderBytes < header_.length) return std::nullopt;
  return finish();
}

void FrameReader::check_header() const {
  if (header_.magic != kMagic) throw DecodeError("frame: no magic number at its start");
  if (header_.version != kProtocolVersion) {
    throw DecodeError(
        fmt::format("frame: protocol version {}, expected {}", header_.version, kProtocolVersion));
  }
  if (header_.length > most_payload_) {
    throw DecodeError(fmt::format("frame: {} bytes are announced, {} is the most", header_.length,
                                  most_payload_));
  }
}

Frame FrameReader::finish() {
  if (checksum(header_.type, payload_) != header_.checksum) {
    throw DecodeError("frame: the checksum does not match, the bytes were altered on the NETWORK");
  }
  have_ = 0;
  return {header_.type, std::exchange(payload_, {})};
}

}  // namespace kindred::cluster
