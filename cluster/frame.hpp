// Frames: how messages are told apart in a stream of bytes, and damaged ones from whole ones.
//
//   u32 magic, u16 protocol version, u16 type, u64 length, u64 XXH3 of the payload (seeded with
//   type and length), then `length` bytes. Little endian, as every machine that this version runs
//   on. Where the payload is a head and a body, the checksum is that of the body, whose seed is
//   that of the head.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::cluster {

/// Both ends of a connection must have the same; a change of any message changes it.
inline constexpr std::uint16_t kProtocolVersion = 7;

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

/// A frame on its way out: the payload may go on with bytes that are elsewhere.
struct OutgoingFrame {
  std::string bytes;
  std::vector<std::span<const char>> body = {};
  std::shared_ptr<const void> owner = {};  ///< keeps the body where it is

  std::string joined() const;
};

/// Makes a frame of `bytes`: kFrameHeaderBytes that it fills in, and the payload, which so is not
/// copied and goes on with `body`. Throws UsageError for a payload beyond kMostPayload.
void seal_frame(std::uint16_t type, std::string& bytes,
                std::span<const std::span<const char>> body = {});

/// Makes frames of the bytes of one connection. Memory is asked for as bytes arrive, not as a
/// length promises them. Used by one thread at a time.
class FrameReader {
 public:
  struct Room {
    std::span<char> bytes = {};  ///< none: the bytes go nowhere
    std::shared_ptr<void> owner = {};
  };
  /// Where the rest of a payload that begins with `head` goes, all `length` bytes of it.
  using Place = std::function<Room(std::string_view head, std::uint64_t length)>;

  explicit FrameReader(std::uint64_t most_payload);
  ~FrameReader();

  /// Takes longer payloads from here on (or only shorter ones), beginning with the next frame.
  void limit(std::uint64_t most_payload) { most_payload_ = most_payload; }
  /// Lets payloads of frames of `type` come to rest where `place` says; filled() gives the first
  /// `head` bytes of them. `place` may throw DecodeError.
  void place(std::uint16_t type, std::size_t head, Place place);

  /// Where the next bytes of the stream go; never empty.
  std::span<char> space();
  /// Says that the first `size` bytes of space() are there. Gives the frame that they complete.
  /// Throws DecodeError for what is no frame of this version; the connection is then of no use.
  std::optional<Frame> filled(std::size_t size);
  /// True in the middle of a frame: a stream that ends here was cut off.
  bool in_frame() const { return have_ > 0; }

 private:
  class Checksum;

  void check_header() const;
  bool placed() const { return place_ && header_.type == placed_type_; }
  std::span<char> body_space();
  void body_filled(std::size_t size);
  Frame finish();

  std::uint64_t most_payload_;
  char header_bytes_[kFrameHeaderBytes] = {};
  FrameHeader header_;
  std::string payload_;
  std::uint64_t have_ = 0;  // bytes of this frame, its header included

  Place place_;
  std::uint16_t placed_type_ = 0;
  std::size_t head_ = 0;
  std::optional<Room> body_;  // its bytes: those that are to be filled
  const std::unique_ptr<Checksum> checksum_;
};

}  // namespace kindred::cluster
