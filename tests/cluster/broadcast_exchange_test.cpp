#include "kindred/cluster/broadcast_exchange.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <string>

#include "kindred/engine/error.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "tests/catch.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;

constexpr BroadcastId kId{5};

std::string large_text(std::size_t size) {
  std::string text(size, '\0');
  std::uint64_t state = 1;
  for (auto& c : text) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

class TextOrigin final : public BroadcastOrigin {
 public:
  explicit TextOrigin(std::string text) : text_(std::move(text)) {}
  std::shared_ptr<const void> value(BroadcastId) override { return nullptr; }
  BroadcastPiece piece(BroadcastId, std::uint32_t index) override {
    if (destroyed) throw UsageError("it was destroyed");
    const auto pieces = (text_.size() + kBroadcastPieceBytes - 1) / kBroadcastPieceBytes;
    const auto raw =
        std::string_view(text_).substr(index * kBroadcastPieceBytes, kBroadcastPieceBytes);
    return {static_cast<std::uint32_t>(pieces),
            std::make_shared<const std::string>(seal_block(raw))};
  }
  std::atomic<bool> destroyed = false;

 private:
  const std::string text_;
};

// What another service has, and how often it was asked; may answer with damaged bytes.
class CountedPieces final : public Pieces {
 public:
  explicit CountedPieces(Pieces& pieces) : pieces_(pieces) {}
  Piece find(const FetchPiece& wanted, ExecutorId asker) override {
    auto piece = pieces_.find(wanted, asker);
    if (piece.elsewhere) return piece;
    ++given;
    if (damages) piece.bytes.back() ^= 1;
    return piece;
  }
  void note(const HavePiece& piece, ExecutorId holder) override { pieces_.note(piece, holder); }

  std::atomic<int> given = 0;
  std::atomic<bool> damages = false;

 private:
  Pieces& pieces_;
};

const ShuffleStore no_shuffles;
const BlockStore no_blocks;

struct DriverSide {
  explicit DriverSide(std::size_t size)
      : text(large_text(size)), origin(std::make_shared<TextOrigin>(text)), pieces(origin) {}
  std::string text;
  std::shared_ptr<TextOrigin> origin;
  DriverPieces pieces;
  CountedPieces counted{pieces};
  BlockServer server{no_shuffles, no_blocks, counted, "secret", 1};
};

struct ExecutorSide {
  explicit ExecutorSide(std::uint64_t number)
      : id{number}, client(std::make_shared<BlockClient>(id, "secret")) {
    store.set_source(std::make_shared<BroadcastFetcher>(id, client));
  }
  std::string fetch() {
    const auto value = store.find(
        kId,
        [](std::string_view bytes, const MemoryRef&) -> BroadcastStore::Value {
          return std::make_shared<const std::string>(bytes);
        },
        memory);
    return *static_cast<const std::string*>(value.get());
  }
  ExecutorId id;
  MemoryRef memory = std::make_shared<MemoryManager>();
  std::shared_ptr<BlockClient> client;
  BroadcastStore store;
  ExecutorPieces pieces{store};
  CountedPieces counted{pieces};
  std::optional<BlockServer> server{std::in_place, no_shuffles, no_blocks, counted, "secret", 1U};
};

void introduce(DriverSide& driver, const std::vector<ExecutorSide*>& executors) {
  std::vector<ExecutorAddress> all{{kDriverBlocks, driver.server.port()}};
  for (const auto* one : executors) all.push_back({one->id, one->server->port()});
  for (auto* one : executors) {
    auto others = all;
    std::erase_if(others, [&](const auto& address) { return address.executor == one->id; });
    one->client->set_addresses(others);
  }
}

// What one executor fetched is announced when the driver has answered its next request.
void fetch_and_be_known(ExecutorSide& executor, const std::string& text) {
  REQUIRE(executor.fetch() == text);
  (void)executor.client->fetch_piece(kDriverBlocks, kId, 0, true);
}

}  // namespace

TEST_CASE("what an executor that is gone still said of its pieces leads nobody there") {
  DriverSide driver(2 * kBroadcastPieceBytes);
  driver.pieces.note({kId, 0}, ExecutorId{1});
  driver.pieces.forget(ExecutorId{1});
  driver.pieces.note({kId, 0}, ExecutorId{1});
  for (int i = 0; i < 4; ++i) {
    CHECK_FALSE(driver.pieces.find({0, kId, 0, false}, ExecutorId{2}).elsewhere);
  }
}

TEST_CASE("a broadcast of any size arrives as it was") {
  for (const std::size_t size : {std::size_t{1}, kBroadcastPieceBytes - 1, kBroadcastPieceBytes,
                                 kBroadcastPieceBytes + 1, 3 * kBroadcastPieceBytes}) {
    CAPTURE(size);
    DriverSide driver(size);
    for (const std::uint64_t number : {0, 1, 2}) {
      ExecutorSide executor(number);
      introduce(driver, {&executor});
      const bool same = executor.fetch() == driver.text;  // not printed
      REQUIRE(same);
    }
  }
}

TEST_CASE("executors pass on the pieces that they have, and the driver gives fewer") {
  DriverSide driver(6 * kBroadcastPieceBytes);
  ExecutorSide first(1);
  ExecutorSide second(2);
  introduce(driver, {&first, &second});
  fetch_and_be_known(first, driver.text);
  REQUIRE(driver.counted.given == 6 + 1);
  const bool same = second.fetch() == driver.text;
  REQUIRE(same);
  REQUIRE(first.counted.given > 0);
  REQUIRE(first.counted.given + driver.counted.given == 6 + 1 + 6);
}

TEST_CASE("a peer that is gone is replaced by the driver", "[scenario-39]") {
  DriverSide driver(4 * kBroadcastPieceBytes);
  ExecutorSide first(1);
  ExecutorSide second(2);
  introduce(driver, {&first, &second});
  fetch_and_be_known(first, driver.text);
  first.server.reset();
  const bool same = second.fetch() == driver.text;
  REQUIRE(same);
  REQUIRE(first.counted.given == 0);
}

TEST_CASE("a piece that was damaged on its way is fetched from the driver") {
  DriverSide driver(4 * kBroadcastPieceBytes);
  ExecutorSide first(1);
  ExecutorSide second(2);
  introduce(driver, {&first, &second});
  fetch_and_be_known(first, driver.text);
  first.counted.damages = true;
  const bool same = second.fetch() == driver.text;
  REQUIRE(same);
  REQUIRE(first.counted.given > 0);
  driver.counted.damages = true;
  ExecutorSide third(3);
  introduce(driver, {&third});
  REQUIRE_THROWS_AS(third.fetch(), DecodeError);
}

TEST_CASE("the driver names no executor that is gone, or that dropped the broadcast") {
  DriverSide driver(2 * kBroadcastPieceBytes);
  const FetchPiece wanted{1, kId, 0, false};
  const auto times_elsewhere = [&] {
    int times = 0;
    for (int i = 0; i < 6; ++i)
      times += driver.pieces.find(wanted, ExecutorId{9}).elsewhere ? 1 : 0;
    return times;
  };
  REQUIRE(times_elsewhere() == 0);
  driver.pieces.note({kId, 0}, ExecutorId{1});
  driver.pieces.note({kId, 0}, ExecutorId{1});
  driver.pieces.note({kId, 0}, ExecutorId{2});
  REQUIRE(times_elsewhere() == 4);
  driver.pieces.forget(ExecutorId{1});
  REQUIRE(times_elsewhere() == 3);
  driver.pieces.forget(kId);
  REQUIRE(times_elsewhere() == 0);
}

TEST_CASE("an executor is told that a broadcast was destroyed") {
  DriverSide driver(10);
  driver.origin->destroyed = true;
  ExecutorSide executor(1);
  introduce(driver, {&executor});
  REQUIRE_THROWS_AS(executor.fetch(), UsageError);
  REQUIRE_THROWS_WITH(executor.fetch(), "it was destroyed");
}

TEST_CASE("a broadcast that an executor has no room for is an error") {
  DriverSide driver(2 * kBroadcastPieceBytes);
  ExecutorSide executor(1);
  executor.memory = std::make_shared<MemoryManager>(kBroadcastPieceBytes);
  introduce(driver, {&executor});
  REQUIRE_THROWS_AS(executor.fetch(), OutOfMemoryError);
  REQUIRE(executor.memory->used() == 0);
}
