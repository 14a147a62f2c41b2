// Whatever bytes a peer sends, its connection gives messages or a DecodeError, and nothing else: no
// crash, no memory for a length that only was promised, no function that did not register itself.
// An entry of libFuzzer; replay.cpp calls it where that is not there.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "kindred/cluster/frame.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/lineage.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;

constexpr std::size_t kMostSpace = 64 << 10;

void hold(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

void decode(const Frame& frame) {
  const auto message = decode_message(frame);
  const auto again = encode_message(message);
  hold(std::string_view(again).substr(kFrameHeaderBytes) == frame.payload,
       "a message that was decoded has the same bytes when it is written again");
  if (const auto* stage = std::get_if<AddStage>(&message)) decode_lineage({stage->lineage, {}});
}

// The bytes of a connection, which come `piece` at a time; pieces of blocks go to a room of theirs.
void read_stream(std::string_view bytes, std::size_t piece) {
  std::string room;
  FrameReader reader(kMostPayload);
  reader.place(piece_type(), kBlockPieceBytes, [&](std::string_view head, std::uint64_t length) {
    decode_piece(head);
    if (length > kMostSpace) return FrameReader::Room{};
    room.resize(length);
    return FrameReader::Room{std::span(room), nullptr};
  });
  std::size_t came = 0;
  while (!bytes.empty()) {
    const auto space = reader.space();
    hold(!space.empty(), "there is space for the next bytes");
    hold(space.size() <= std::max(kMostSpace, 2 * came), "space is asked for as bytes come");
    const auto size = std::min({space.size(), bytes.size(), piece});
    std::memcpy(space.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    came += size;
    if (const auto frame = reader.filled(size)) decode(*frame);
  }
}

}  // namespace

// The first byte says what the rest is: 0 the type and payload of a frame whose checksum is right,
// which a fuzzer would not find; else bytes of a stream, so many at a time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  const auto piece = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  try {
    if (piece > 0) {
      read_stream(bytes, piece);
    } else if (bytes.size() >= sizeof(std::uint16_t)) {
      Frame frame;
      std::memcpy(&frame.type, bytes.data(), sizeof frame.type);
      frame.payload = bytes.substr(sizeof frame.type);
      decode(frame);
    }
  } catch (const DecodeError&) {
  }
  return 0;
}
