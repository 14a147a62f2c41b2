// The driver's side of results that wait, with no executor: the test is the other end.
#include "kindred/cluster/result_fetcher.hpp"

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using kindred::test::contains_text;

constexpr TaskId kTask{7};
constexpr ExecutorId kExecutor{2};

// An executor that has one result, and a scheduler that wants it.
struct Ends {
  explicit Ends(std::size_t size)
      : store(std::make_shared<MemoryManager>()), bytes(size, '\0'), fetcher(send(), report()) {
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 24);
    waits.task = kTask;
    waits.size = size;
    waits.checksum = store.keep(kTask, bytes);
    waits.done.cached = {BlockId{RddId{1}, PartitionId{0}}};
  }
  ResultFetcher::Send send() {
    return [this](ExecutorId executor, const Message& message) {
      CHECK(executor == kExecutor);
      if (const auto* fetch = std::get_if<FetchResult>(&message)) asked.push_back(*fetch);
      if (std::holds_alternative<DropResult>(message)) ++dropped;
    };
  }
  scheduler::Backend::Report report() {
    return [this](scheduler::Event event) { told.push_back(std::move(event)); };
  }

  void announce_and_fetch() {
    fetcher.announced(kExecutor, waits);
    fetcher.fetch(kTask);
  }
  ResultPiece next_piece() {
    const auto request = asked.front();
    asked.pop_front();
    auto piece = store.piece(request.task, request.offset);
    return {request.task, request.round, request.offset, piece.has_value(), piece.value_or("")};
  }
  void answer_all() {
    while (!asked.empty()) fetcher.arrived(kExecutor, next_piece());
  }
  template <class Outcome>
  const Outcome* ending() const {
    const auto* ended = std::get_if<scheduler::TaskEnded>(&told.back());
    return ended == nullptr ? nullptr : std::get_if<Outcome>(&ended->outcome);
  }

  ResultStore store;
  std::string bytes;
  ResultWaits waits;
  std::deque<FetchResult> asked;
  int dropped = 0;
  std::vector<scheduler::Event> told;
  ResultFetcher fetcher;
};

}  // namespace

TEST_CASE("nothing is read before the scheduler has agreed to the announced size [scenario-27]",
          "[scenario-27]") {
  Ends ends(3 * kResultPieceBytes);
  ends.fetcher.announced(kExecutor, ends.waits);
  REQUIRE(ends.told.size() == 1);
  const auto& announced = std::get<scheduler::ResultAnnounced>(ends.told[0]);
  CHECK(announced.task == kTask);
  CHECK(announced.executor == kExecutor);
  CHECK(announced.bytes == 3 * kResultPieceBytes);
  CHECK(ends.asked.empty());
}

TEST_CASE("a result is read in pieces, dropped where it waited, and then its task is done") {
  const auto size =
      GENERATE(std::size_t{1}, kResultPieceBytes, 5 * kResultPieceBytes, 7 * kResultPieceBytes + 3);
  Ends ends(size);
  ends.announce_and_fetch();
  CHECK(ends.asked.size() <= 2);
  ends.answer_all();
  REQUIRE(ends.told.size() == 2);
  REQUIRE(ends.ending<Done>() != nullptr);
  CHECK(ends.ending<Done>()->value.bytes == ends.bytes);
  CHECK(ends.ending<Done>()->cached == ends.waits.done.cached);
  CHECK(ends.dropped == 1);
  CHECK(ends.fetcher.waiting() == 0);
}

TEST_CASE("a piece that is missing, or of another size, is asked for once more from the start") {
  const bool missing = GENERATE(true, false);
  Ends ends(3 * kResultPieceBytes);
  ends.announce_and_fetch();
  ends.fetcher.arrived(kExecutor, ends.next_piece());
  auto bad = ends.next_piece();
  bad.found = !missing;
  bad.bytes.pop_back();
  ends.fetcher.arrived(kExecutor, bad);
  // What is still under way of the first reading is let go.
  ends.answer_all();
  REQUIRE(ends.ending<Done>() != nullptr);
  CHECK(ends.ending<Done>()->value.bytes == ends.bytes);
  CHECK(ends.dropped == 1);
}

TEST_CASE("a result that is damaged is read once more, and is lost if it still is [scenario-27]",
          "[scenario-27]") {
  const int times = GENERATE(1, 2);
  Ends ends(2 * kResultPieceBytes);
  ends.announce_and_fetch();
  for (int i = 0; i < times; ++i) {
    ends.fetcher.arrived(kExecutor, ends.next_piece());
    auto damaged = ends.next_piece();
    damaged.bytes[100] ^= 1;
    ends.fetcher.arrived(kExecutor, damaged);
  }
  ends.answer_all();
  CHECK(ends.told.size() == 2);
  CHECK(ends.dropped == 1);
  CHECK(ends.fetcher.waiting() == 0);
  if (times == 1) {
    REQUIRE(ends.ending<Done>() != nullptr);
    CHECK(ends.ending<Done>()->value.bytes == ends.bytes);
  } else {
    REQUIRE(ends.ending<Lost>() != nullptr);
    CHECK_THAT(ends.ending<Lost>()->reason,
               contains_text("8388608 bytes could not be read: its checksum does not match"));
    // They are in the executor's store all the same.
    CHECK(ends.ending<Lost>()->cached == ends.waits.done.cached);
  }
}

TEST_CASE("a killed task's result is let go, and so are the pieces that still come") {
  const bool asked = GENERATE(true, false);
  Ends ends(3 * kResultPieceBytes);
  ends.fetcher.announced(kExecutor, ends.waits);
  if (asked) ends.fetcher.fetch(kTask);
  ends.fetcher.kill(kTask);
  REQUIRE(ends.ending<Killed>() != nullptr);
  CHECK(ends.ending<Killed>()->cached == ends.waits.done.cached);
  ends.answer_all();
  ends.fetcher.kill(kTask);
  ends.fetcher.fetch(kTask);
  CHECK(ends.told.size() == 2);
  CHECK(ends.fetcher.waiting() == 0);
}

TEST_CASE("an executor that is gone takes its results with it, without a word") {
  Ends ends(3 * kResultPieceBytes);
  ends.announce_and_fetch();
  ends.fetcher.arrived(kExecutor, ends.next_piece());
  ends.fetcher.forget(kExecutor);
  ends.answer_all();
  CHECK(ends.told.size() == 1);
  CHECK(ends.fetcher.waiting() == 0);
}

TEST_CASE("an announced size is not believed: memory grows with what arrives") {
  Ends ends(kResultPieceBytes);
  ends.waits.size = std::uint64_t{1} << 60;
  ends.announce_and_fetch();
  ends.fetcher.arrived(kExecutor, ends.next_piece());
  ends.answer_all();
  ends.answer_all();
  REQUIRE(ends.ending<Lost>() != nullptr);
  CHECK_THAT(ends.ending<Lost>()->reason, contains_text("it is not there any longer"));
}

TEST_CASE("a piece that nobody asked for, or a second announcement, is refused") {
  Ends ends(kResultPieceBytes);
  ends.fetcher.announced(kExecutor, ends.waits);
  CHECK_THROWS_AS(ends.fetcher.announced(kExecutor, ends.waits), DecodeError);
  CHECK_THROWS_AS(ends.fetcher.arrived(kExecutor, {kTask, 0, 0, true, ends.bytes}), DecodeError);
  ends.fetcher.fetch(kTask);
  CHECK_THROWS_AS(ends.fetcher.arrived(kExecutor, {kTask, 1, 0, true, ends.bytes}), DecodeError);
  // Not its own: as if nothing had come.
  ends.fetcher.arrived(ExecutorId{9}, {kTask, 0, 0, true, "x"});
  ends.answer_all();
  CHECK(ends.ending<Done>() != nullptr);
}
