#include "kindred/engine/broadcast_store.hpp"

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

namespace kindred {
namespace {

constexpr BroadcastId kId{7};

// Gives a text and counts how often it was asked.
class TextSource final : public BroadcastSource {
 public:
  std::shared_ptr<const void> value(BroadcastId) override { return nullptr; }
  AccountedString fetch(BroadcastId id, BroadcastStore& store, const MemoryRef& memory) override {
    if (++fetched <= failures) throw Error("not now");
    kept = store.keep_piece(id, 0, {2, std::make_shared<const std::string>("piece")}, memory);
    return AccountedString("text", Accounted<char>(memory));
  }

  std::atomic<int> fetched = 0;
  int failures = 0;
  std::atomic<bool> kept = false;
};

BroadcastStore::Value decode(std::string_view bytes, const MemoryRef&) {
  return std::make_shared<const std::string>(bytes);
}
std::string text(const BroadcastStore::Value& value) {
  return *static_cast<const std::string*>(value.get());
}

struct Store {
  std::shared_ptr<TextSource> source = std::make_shared<TextSource>();
  MemoryRef memory = std::make_shared<MemoryManager>();
  BroadcastStore store;
  Store() { store.set_source(source); }
  BroadcastStore::Value find() { return store.find(kId, &decode, memory); }
};

TEST_CASE("a piece that is kept already is not counted again") {
  Store executor;
  (void)executor.find();
  const BroadcastPiece piece{2, std::make_shared<const std::string>(100'000, 'x')};
  REQUIRE(executor.store.keep_piece(kId, 1, piece, executor.memory));
  const auto used = executor.memory->used();
  REQUIRE(executor.store.keep_piece(kId, 1, piece, executor.memory));
  CHECK(executor.memory->used() == used);
  CHECK(executor.store.piece(kId, 1).sealed == piece.sealed);
}

TEST_CASE("threads that ask for a broadcast at once share one value", "[scenario-39]") {
  Store executor;
  constexpr int kThreads = 8;
  std::latch all(kThreads);
  std::vector<BroadcastStore::Value> values(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        all.arrive_and_wait();
        values[static_cast<std::size_t>(i)] = executor.find();
      });
    }
  }
  REQUIRE(executor.source->fetched == 1);
  REQUIRE(text(values[0]) == "text");
  for (const auto& value : values) REQUIRE(value == values[0]);
}

TEST_CASE("a broadcast that could not be fetched is fetched when it is asked for again") {
  Store executor;
  executor.source->failures = 2;
  REQUIRE_THROWS_WITH(executor.find(), "not now");
  REQUIRE_THROWS_WITH(executor.find(), "not now");
  const auto value = executor.find();
  REQUIRE(text(value) == "text");
  REQUIRE(executor.find() == value);
  REQUIRE(executor.source->fetched == 3);
}

TEST_CASE("a broadcast that is dropped lives on where it is used, and is fetched again") {
  Store executor;
  const auto before = executor.find();
  executor.store.drop(kId);
  REQUIRE(text(before) == "text");
  const auto after = executor.find();
  REQUIRE(after != before);
  REQUIRE(executor.source->fetched == 2);
}

TEST_CASE("pieces are kept for others while the broadcast is, and given back with it") {
  Store executor;
  REQUIRE(executor.store.piece(kId, 0).sealed == nullptr);
  (void)executor.find();
  REQUIRE(executor.source->kept);
  const auto piece = executor.store.piece(kId, 0);
  REQUIRE(piece.pieces == 2);
  REQUIRE(*piece.sealed == "piece");
  REQUIRE(executor.store.piece(kId, 1).sealed == nullptr);
  REQUIRE(executor.memory->used() > 0);
  executor.store.drop(kId);
  REQUIRE(executor.memory->used() == 0);
  REQUIRE(executor.store.piece(kId, 0).sealed == nullptr);
}

TEST_CASE("pieces for which there is no memory are not kept, and the value is there") {
  Store executor;
  const BroadcastPiece large{2, std::make_shared<const std::string>(1000, 'x')};
  (void)executor.find();
  const auto little = std::make_shared<MemoryManager>(10);
  REQUIRE_FALSE(executor.store.keep_piece(BroadcastId{8}, 0, large, executor.memory));
  Store poor;
  poor.memory = little;
  REQUIRE(text(poor.find()) == "text");
  REQUIRE_FALSE(poor.source->kept);
}

TEST_CASE("an executor without a source says so") {
  BroadcastStore store;
  REQUIRE_THROWS_AS(store.find(kId, &decode, std::make_shared<MemoryManager>()), UsageError);
}

}  // namespace
}  // namespace kindred
