#include "kindred/cluster/message.hpp"

#include <cstring>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/messages.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using kindred::test::one_of_each;

Frame frame_of(const Message& message) {
  auto bytes = encode_message(message);
  FrameReader reader(kMostPayload);
  for (std::size_t at = 0;;) {
    const auto space = reader.space();
    const auto size = std::min(space.size(), bytes.size() - at);
    std::memcpy(space.data(), bytes.data() + at, size);
    at += size;
    if (auto frame = reader.filled(size)) return std::move(*frame);
  }
}

template <class T>
T round_trip(const T& message) {
  return std::get<T>(decode_message(frame_of(message)));
}

}  // namespace

TEST_CASE("every message comes back as the same kind, with the same bytes when written again") {
  const auto messages = one_of_each();
  REQUIRE(messages.size() == std::variant_size_v<Message>);
  for (std::size_t kind = 0; kind < messages.size(); ++kind) {
    REQUIRE(messages[kind].index() == kind);
    const auto again = decode_message(frame_of(messages[kind]));
    CHECK(again.index() == kind);
    CHECK(encode_message(again) == encode_message(messages[kind]));
  }
}

TEST_CASE("a stage and its tasks arrive with all of their parts") {
  const auto stage = round_trip(
      AddStage{{StageId{7}, 2}, "lineage", {{ShuffleId{5}, {ExecutorId{1}, ExecutorId{2}}}}});
  CHECK(stage.stage == StageKey{StageId{7}, 2});
  CHECK(stage.lineage == "lineage");
  REQUIRE(stage.inputs.size() == 1);
  CHECK(stage.inputs[0].shuffle == ShuffleId{5});
  CHECK(stage.inputs[0].locations == std::vector{ExecutorId{1}, ExecutorId{2}});
  const auto launch = round_trip(LaunchTasks{{StageId{7}, 2}, {{TaskId{1}, PartitionId{2}, 3}}});
  REQUIRE(launch.tasks.size() == 1);
  CHECK(launch.tasks[0].partition == PartitionId{2});
  CHECK(launch.tasks[0].attempt == 3);
}

TEST_CASE("every outcome of a task arrives with all of its parts") {
  const auto done = std::get<Done>(
      round_trip(
          TaskEnded{TaskId{1}, Done{{nullptr, "value"}, {{RddId{1}, PartitionId{2}}}, {10, 20}}})
          .outcome);
  CHECK(done.value.bytes == "value");
  CHECK(done.cached == std::vector{BlockId{RddId{1}, PartitionId{2}}});
  CHECK(done.bucket_bytes == std::vector<std::uint64_t>{10, 20});
  const auto failed = std::get<Failed>(
      round_trip(TaskEnded{TaskId{1}, Failed{{"message", "type", "op", false}}}).outcome);
  CHECK(failed.error.message == "message");
  CHECK(failed.error.type == "type");
  CHECK(failed.error.op == "op");
  CHECK_FALSE(failed.error.retriable);
  const auto fetch = std::get<FetchFailed>(
      round_trip(
          TaskEnded{TaskId{1}, FetchFailed{ShuffleId{1}, PartitionId{2}, ExecutorId{3}, "gone"}})
          .outcome);
  CHECK(fetch.shuffle == ShuffleId{1});
  CHECK(fetch.map_partition == PartitionId{2});
  CHECK(fetch.from == ExecutorId{3});
  CHECK(fetch.message == "gone");
  CHECK(std::get<Killed>(round_trip(TaskEnded{TaskId{1}, Killed{"why"}}).outcome).reason == "why");
  const std::vector cached{BlockId{RddId{1}, PartitionId{2}}};
  for (const TaskOutcome& outcome :
       {TaskOutcome{Failed{{}, cached}}, TaskOutcome{FetchFailed{{}, {}, {}, {}, cached}},
        TaskOutcome{Killed{{}, cached}}, TaskOutcome{Lost{{}, cached}}}) {
    auto arrived = round_trip(TaskEnded{TaskId{1}, outcome}).outcome;
    CHECK(arrived.index() == outcome.index());
    CHECK(cached_of(arrived) == cached);
  }
  CHECK(std::get<Lost>(round_trip(TaskEnded{TaskId{1}, Lost{"how"}}).outcome).reason == "how");
}

TEST_CASE("a message that is cut anywhere, or has a byte too many, is refused") {
  for (const auto& message : one_of_each()) {
    const auto good = frame_of(message);
    for (std::size_t length = 0; length < good.payload.size(); ++length) {
      CAPTURE(message.index(), length);
      CHECK_THROWS_AS(decode_message({good.type, good.payload.substr(0, length)}), DecodeError);
    }
    CHECK_THROWS_AS(decode_message({good.type, good.payload + "x"}), DecodeError);
  }
}

TEST_CASE("a message with any byte changed is refused or decodes, and does nothing else") {
  for (const auto& message : one_of_each()) {
    const auto good = frame_of(message);
    for (std::size_t at = 0; at < good.payload.size(); ++at) {
      for (const int change : {1, 0x80, 0xff}) {
        auto payload = good.payload;
        payload[at] = static_cast<char>(payload[at] ^ change);
        try {
          (void)decode_message({good.type, payload});
        } catch (const DecodeError&) {
        }
      }
    }
  }
}

TEST_CASE("a kind of message that there is not is refused") {
  CHECK_THROWS_AS(decode_message({static_cast<std::uint16_t>(std::variant_size_v<Message>), ""}),
                  DecodeError);
  CHECK_THROWS_AS(decode_message({0xffff, ""}), DecodeError);
}
