#include "kindred/cluster/result_store.hpp"

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;

MemoryRef budget(std::uint64_t bytes) { return std::make_shared<MemoryManager>(bytes); }

// No two pieces alike.
std::string bytes_of(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761U) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("a result is handed out in pieces that are its bytes, with its checksum") {
  const auto size =
      GENERATE(std::size_t{1}, kResultPieceBytes, kResultPieceBytes + 1, 3 * kResultPieceBytes - 1);
  const auto bytes = bytes_of(size);
  ResultStore store(budget(size + (64 << 10)));
  const auto checksum = store.keep(TaskId{1}, bytes);
  std::string read;
  std::uint64_t sum = 0;
  while (read.size() < size) {
    const auto piece = store.piece(TaskId{1}, read.size());
    REQUIRE(piece.has_value());
    CHECK(piece->size() == std::min(kResultPieceBytes, size - read.size()));
    sum = add_to_checksum(sum, *piece);
    read += *piece;
  }
  CHECK(read == bytes);
  CHECK(sum == checksum);
  CHECK_FALSE(store.piece(TaskId{1}, size).has_value());
}

TEST_CASE("the checksum is another one where any byte is, or two pieces changed places") {
  auto bytes = bytes_of(2 * kResultPieceBytes);
  ResultStore store(budget(MemoryManager::kUnlimited));
  const auto checksum = store.keep(TaskId{1}, bytes);
  auto swapped = bytes.substr(kResultPieceBytes) + bytes.substr(0, kResultPieceBytes);
  CHECK(store.keep(TaskId{2}, std::move(swapped)) != checksum);
  bytes.back() ^= 1;
  CHECK(store.keep(TaskId{3}, bytes) != checksum);
}

TEST_CASE("what waits is taken from the budget until it is dropped") {
  const auto memory = budget(10 << 20);
  ResultStore store(memory);
  store.keep(TaskId{1}, bytes_of(6 << 20));
  CHECK(memory->used() >= 6 << 20);
  CHECK_THROWS_AS(store.keep(TaskId{2}, bytes_of(6 << 20)), OutOfMemoryError);
  CHECK(store.size() == 1);
  store.drop(TaskId{2});
  store.drop(TaskId{1});
  CHECK(memory->used() == 0);
  CHECK(store.size() == 0);
  CHECK_FALSE(store.piece(TaskId{1}, 0).has_value());
}
