#include "kindred/cluster/frame.hpp"

#include <cstring>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

namespace {

using namespace kindred::cluster;
using kindred::DecodeError;
using kindred::test::contains_text;

std::string frame_of(std::uint16_t type, const std::string& payload) {
  std::string bytes = std::string(kFrameHeaderBytes, '\0') + payload;
  seal_frame(type, bytes);
  return bytes;
}

// The same with a body behind a head.
std::string frame_of(std::uint16_t type, const std::string& head, const std::string& body) {
  OutgoingFrame frame{std::string(kFrameHeaderBytes, '\0') + head, {body}};
  seal_frame(type, frame.bytes, frame.body);
  return frame.joined();
}

// Feeds `bytes` as they may come from a socket, at most `piece` at a time.
std::vector<Frame> read_frames(FrameReader& reader, std::string_view bytes, std::size_t piece) {
  std::vector<Frame> frames;
  while (!bytes.empty()) {
    const auto space = reader.space();
    const auto size = std::min({space.size(), bytes.size(), piece});
    std::memcpy(space.data(), bytes.data(), size);
    bytes.remove_prefix(size);
    if (auto frame = reader.filled(size)) frames.push_back(std::move(*frame));
  }
  return frames;
}

}  // namespace

TEST_CASE("frames come out of a stream as they went in, however it is cut") {
  const std::string large(300'000, 'x');
  const auto bytes = frame_of(1, "first") + frame_of(2, "") + frame_of(3, large);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    FrameReader reader(kMostPayload);
    const auto frames = read_frames(reader, bytes, piece);
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].type == 1);
    CHECK(frames[0].payload == "first");
    CHECK(frames[1].type == 2);
    CHECK(frames[1].payload.empty());
    CHECK(frames[2].payload == large);
    CHECK_FALSE(reader.in_frame());
  }
}

TEST_CASE("a frame that is cut anywhere gives nothing, and the reader knows of the cut") {
  const auto bytes = frame_of(4, "some payload");
  for (std::size_t length = 1; length < bytes.size(); ++length) {
    FrameReader reader(kMostPayload);
    CHECK(read_frames(reader, std::string_view(bytes).substr(0, length), 5).empty());
    CHECK(reader.in_frame());
  }
}

TEST_CASE("a frame with any one bit flipped is refused, or waits for bytes that never come") {
  const auto good = frame_of(4, "some payload");
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    FrameReader reader(1000);
    std::size_t frames = 0;
    try {
      frames = read_frames(reader, bytes, 1000).size();
    } catch (const DecodeError&) {
      continue;
    }
    CAPTURE(bit);
    CHECK(frames == 0);
  }
}

TEST_CASE("a payload comes to rest where its reader wants it, however the stream is cut") {
  const std::string body(300'000, 'x');
  const auto bytes = frame_of(1, "before") + frame_of(2, "head", body) + frame_of(3, "after");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    FrameReader reader(kMostPayload);
    std::string placed(body.size(), ' ');
    reader.place(2, 4, [&](std::string_view head, std::uint64_t length) {
      CHECK(head == "head");
      CHECK(length == body.size());
      return FrameReader::Room{std::span(placed), nullptr};
    });
    const auto frames = read_frames(reader, bytes, piece);
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].payload == "before");
    CHECK(frames[1].payload == "head");
    CHECK(placed == body);
    CHECK(frames[2].payload == "after");
  }
}

TEST_CASE("a payload that nobody has room for is read and goes nowhere") {
  const auto bytes = frame_of(2, "head", std::string(300'000, 'x')) + frame_of(3, "after");
  FrameReader reader(kMostPayload);
  reader.place(2, 4, [](auto&&...) { return FrameReader::Room{}; });
  const auto frames = read_frames(reader, bytes, 1000);
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].payload == "head");
  CHECK(frames[1].payload == "after");
}

TEST_CASE("a placed payload with any one bit flipped is refused, and one that is too short") {
  const auto good = frame_of(2, "head", " and body");
  for (std::size_t bit = kFrameHeaderBytes * 8; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    std::string placed(9, ' ');
    FrameReader reader(1000);
    reader.place(2, 4, [&](auto&&...) { return FrameReader::Room{std::span(placed), nullptr}; });
    CHECK_THROWS_AS(read_frames(reader, bytes, 3), DecodeError);
  }
  auto bytes = good;
  bytes.back() ^= 1;
  FrameReader nowhere(1000);
  nowhere.place(2, 4, [](auto&&...) { return FrameReader::Room{}; });
  CHECK_THROWS_AS(read_frames(nowhere, bytes, 3), DecodeError);
  FrameReader reader(1000);
  reader.place(2, 4, [](auto&&...) { return FrameReader::Room{}; });
  CHECK_THROWS_AS(read_frames(reader, frame_of(2, "hea"), 1000), DecodeError);
}

TEST_CASE("a room for a payload is kept until it is filled, and no longer") {
  const auto room = std::make_shared<std::string>(4, ' ');
  const auto bytes = frame_of(2, "head", "body");
  FrameReader reader(1000);
  reader.place(2, 4, [&](auto&&...) { return FrameReader::Room{std::span(*room), room}; });
  read_frames(reader, std::string_view(bytes).substr(0, bytes.size() - 1), 1000);
  CHECK(room.use_count() == 2);
  read_frames(reader, bytes.substr(bytes.size() - 1), 1000);
  CHECK(room.use_count() == 1);
  CHECK(*room == "body");
}

TEST_CASE("a frame whose body is in several places is that of the joined bytes") {
  const std::string parts = "one two three";
  OutgoingFrame frame{std::string(kFrameHeaderBytes, '\0') + "head ",
                      {std::span(parts).first(4), std::span(parts).subspan(4)}};
  seal_frame(7, frame.bytes, frame.body);
  CHECK(frame.joined() == frame_of(7, "head ", parts));
}

TEST_CASE("a frame of another protocol version is refused with both versions named") {
  auto bytes = frame_of(4, "x");
  bytes[4] = static_cast<char>(kProtocolVersion + 1);
  FrameReader reader(kMostPayload);
  CHECK_THROWS_WITH(read_frames(reader, bytes, 100),
                    contains_text("protocol version " + std::to_string(kProtocolVersion + 1) +
                                  ", expected " + std::to_string(kProtocolVersion)));
}

TEST_CASE("a length beyond the limit is refused before any memory is asked for") {
  auto bytes = frame_of(4, "x");
  const std::uint64_t length = kMostPayload + 1;
  std::memcpy(bytes.data() + 8, &length, sizeof length);
  FrameReader reader(kMostPayload);
  CHECK_THROWS_WITH(read_frames(reader, bytes.substr(0, kFrameHeaderBytes), 100),
                    contains_text("is the most"));
}

TEST_CASE("a length within the limit asks for memory only as bytes arrive") {
  auto bytes = frame_of(4, "x");
  const std::uint64_t length = kMostPayload;
  std::memcpy(bytes.data() + 8, &length, sizeof length);
  FrameReader reader(kMostPayload);
  CHECK(read_frames(reader, bytes.substr(0, kFrameHeaderBytes), 100).empty());
  CHECK(reader.space().size() <= 64 * 1024);
}
