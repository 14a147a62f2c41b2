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

// So that a changed type or length is found as surely as a changed payload.
std::uint64_t seed(std::uint16_t type, std::uint64_t length) {
  return (std::uint64_t{type} << 48) ^ length;
}
std::uint64_t checksum(std::uint16_t type, std::string_view payload) {
  return XXH3_64bits_withSeed(payload.data(), payload.size(), seed(type, payload.size()));
}
// Of a body behind a head, which is the seed: so the body, of which there is much, is summed up
// where it is, in one go.
std::uint64_t body_seed(std::uint16_t type, std::uint64_t length, std::string_view head) {
  return XXH3_64bits_withSeed(head.data(), head.size(), seed(type, length));
}
std::uint64_t body_checksum(std::span<const std::span<const char>> body, std::uint64_t seed) {
  if (body.size() == 1) return XXH3_64bits_withSeed(body[0].data(), body[0].size(), seed);
  XXH3_state_t state{};
  XXH3_64bits_reset_withSeed(&state, seed);
  for (const auto& part : body) XXH3_64bits_update(&state, part.data(), part.size());
  return XXH3_64bits_digest(&state);
}

}  // namespace

// That of a body as it arrives.
class FrameReader::Checksum {
 public:
  void begin(const FrameHeader& header, std::string_view head, std::span<const char> room) {
    seed_ = body_seed(header.type, header.length, head);
    room_ = room;
    XXH3_64bits_reset_withSeed(&state_, seed_);
  }
  /// For what is not kept.
  void add(std::string_view bytes) { XXH3_64bits_update(&state_, bytes.data(), bytes.size()); }
  std::uint64_t end() const {
    return room_.empty() ? XXH3_64bits_digest(&state_) : body_checksum({&room_, 1}, seed_);
  }

 private:
  std::uint64_t seed_ = 0;
  std::span<const char> room_;
  XXH3_state_t state_;
};

FrameReader::FrameReader(std::uint64_t most_payload)
    : most_payload_(most_payload), checksum_(std::make_unique<Checksum>()) {}

FrameReader::~FrameReader() = default;

void FrameReader::place(std::uint16_t type, std::size_t head, Place place) {
  placed_type_ = type;
  head_ = head;
  place_ = std::move(place);
}

std::string OutgoingFrame::joined() const {
  auto all = bytes;
  for (const auto& part : body) all.append(part.data(), part.size());
  return all;
}

void seal_frame(std::uint16_t type, std::string& bytes,
                std::span<const std::span<const char>> body) {
  KINDRED_CHECK(bytes.size() >= kFrameHeaderBytes);
  const auto payload = std::string_view(bytes).substr(kFrameHeaderBytes);
  std::uint64_t length = payload.size();
  for (const auto& part : body) length += part.size();
  if (length > kMostPayload) {
    throw UsageError(fmt::format(
        "a message of {} bytes to another process: {} is the most. Use more partitions, or collect "
        "less",
        length, kMostPayload));
  }
  const auto sum = body.empty() ? checksum(type, payload)
                                : body_checksum(body, body_seed(type, length, payload));
  const FrameHeader header{kMagic, kProtocolVersion, type, length, sum};
  std::memcpy(bytes.data(), &header, sizeof header);
}

std::span<char> FrameReader::space() {
  if (have_ < kFrameHeaderBytes) {
    return std::span(header_bytes_).subspan(static_cast<std::size_t>(have_));
  }
  const auto have = have_ - kFrameHeaderBytes;
  if (placed()) return body_space();
  if (have == payload_.size()) {
    // As much again as has arrived: a length that lies costs its sender as many bytes as us.
    payload_.resize(std::min(header_.length, std::max(kFirstStep, have * 2)));
  }
  return std::span(payload_).subspan(static_cast<std::size_t>(have));
}

// The head first, then the body where it belongs.
std::span<char> FrameReader::body_space() {
  if (!body_) {
    payload_.resize(head_);
    return std::span(payload_).subspan(static_cast<std::size_t>(have_ - kFrameHeaderBytes));
  }
  if (!body_->bytes.empty()) return body_->bytes;
  payload_.resize(head_ + kFirstStep);  // nobody wants it any more
  const auto left = header_.length - (have_ - kFrameHeaderBytes);
  return std::span(payload_).subspan(
      head_, static_cast<std::size_t>(std::min<std::uint64_t>(left, kFirstStep)));
}

void FrameReader::body_filled(std::size_t size) {
  const auto have = static_cast<std::size_t>(have_ - kFrameHeaderBytes);
  if (body_) {
    auto& room = body_->bytes;
    if (room.empty()) {
      checksum_->add(std::string_view(payload_).substr(head_, size));
    } else {
      room = room.subspan(size);
    }
  } else if (have == head_) {
    const auto length = header_.length - head_;
    body_ = place_(payload_, length);
    KINDRED_CHECK(body_->bytes.empty() || body_->bytes.size() == length);
    checksum_->begin(header_, payload_, body_->bytes);
  }
}

std::optional<Frame> FrameReader::filled(std::size_t size) {
  const bool header_was_open = have_ < kFrameHeaderBytes;
  have_ += size;
  if (have_ < kFrameHeaderBytes) return std::nullopt;
  if (header_was_open) {
    std::memcpy(&header_, header_bytes_, sizeof header_);
    check_header();
  } else if (placed()) {
    body_filled(size);
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
  if (placed() && header_.length < head_) throw DecodeError("frame: shorter than its head");
  if (header_.length > most_payload_) {
    throw DecodeError(fmt::format("frame: {} bytes are announced, {} is the most", header_.length,
                                  most_payload_));
  }
}

Frame FrameReader::finish() {
  const auto found = placed() ? checksum_->end() : checksum(header_.type, payload_);
  if (found != header_.checksum) {
    throw DecodeError("frame: the checksum does not match, the bytes were altered on the NETWORK");
  }
  have_ = 0;
  if (placed()) payload_.resize(head_);
  body_.reset();
  return {header_.type, std::exchange(payload_, {})};
}

}  // namespace kindred::cluster
