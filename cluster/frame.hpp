// Frames: how messages are told apart in a stream of bytes, and damaged ones from whole ones.
//
//   u32 magic, u16 protocol version, u16 type, u64 length, u64 XXH3 of the payload (seeded with
//   type and length), then `length` bytes. Little endian, as every machine that this version runs
//   on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace kindred::cluster {

/// Both ends of a connection must have the same; a change of any message changes it.
inline constexpr std::uint16_t kProtocolVersion = 6;

inline constexpr std::size_t kFrameHeaderBytes = 24;
/// The longest payload that is sent or taken.
inline constexpr std::uint64_t kMostPayload = std::uint64_t{4} << 30;
/// The longest payload of a peer that has not yet said who it is.
inline constexpr std::uint64_t kMostGreeting = 4096;

struct FrameHeader {
  std::uint32_t magic = 0;
  std::uint16_t version = 0;
  std::uint16_t type = 0;
  std::uint64_t length = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

struct Frame {
  std::uint16_t type = 0;
  std::string payload;
};

/// Makes a frame of `bytes`: kFrameHeaderBytes that it fills in, and the payload, which so is not
/// copied. Throws UsageError for a payload beyond kMostPayload.
void seal_frame(std::uint16_t type, std::string& bytes);

/// Makes frames of the bytes of one connection. Memory is asked for as bytes arrive, not as a
/// length promises them. Used by one thread at a time.
class FrameReader {
 public:
  explicit FrameReader(std::uint64_t most_payload) : most_payload_(most_payload) {}

  /// Takes longer payloads from here on (or only shorter ones), beginning with the next frame.
  void limit(std::uint64_t most_payload) { most_payload_ = most_payload; }

  /// Where the next bytes of the stream go; never empty.
  std::span<char> space();
  /// Says that the first `size` bytes of space() are there. Gives the frame that they complete.
  /// Throws DecodeError for what is no frame of this version; the connection is then of no use.
  std::optional<Frame> filled(std::size_t size);
  /// True in the middle of a frame: a stream that ends here was cut off.
  bool in_frame() const { return have_ > 0; }

 private:
  void check_header() const;
  Frame finish();

  std::uint64_t most_payload_;
  char header_bytes_[kFrameHeaderBytes] = {};
  FrameHeader header_;
  std::string payload_;
  std::uint64_t have_ = 0;  // bytes of this frame, its header included
};

}  // namespace kindred::cluster
