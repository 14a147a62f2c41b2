#include "kindred/engine/inline_multimap.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "tests/catch.hpp"
#include "tests/engine/join_model.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

using test::KeyedInts;
using test::rows_of;

template <class K, class MakeKey>
void agrees_with_model(std::size_t right_rows, std::size_t left_rows, MakeKey make_key) {
  KeyedInts<K> right;
  KeyedInts<K> left;
  for (std::size_t i = 0; i < right_rows; ++i) right.emplace_back(make_key(), static_cast<int>(i));
  for (std::size_t i = 0; i < left_rows; ++i) left.emplace_back(make_key(), static_cast<int>(i));
  test::agrees_with_model<InlineMultimap<K, int>>(right, left);
}

}  // namespace

TEST_CASE("an inline multimap finds what a map does, in the order of the rows") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t right : {0, 1, 2, 3, 31, 33, 1000, 100'000}) {
    for (const std::size_t left : {0, 1, 33, 10'000}) {
      const auto keys = right / 3 + 1;
      agrees_with_model<std::uint64_t>(right, left, [&] { return random.below(keys); });
      agrees_with_model<std::uint32_t>(
          right, left, [&] { return static_cast<std::uint32_t>(random.below(keys)) * 4096; });
    }
  }
  agrees_with_model<std::pair<int, std::int8_t>>(50'000, 50'000, [&] {
    return std::pair(static_cast<int>(random.below(1000)),
                     static_cast<std::int8_t>(random.below(50)));
  });
}

TEST_CASE("rows of one slot to a cache line are found as well") {
  test::Random random;
  WITH_SEED(random);
  using Key = std::array<std::uint64_t, 6>;
  agrees_with_model<Key>(20'000, 20'000, [&] {
    Key key{};
    key[random.below(6)] = random.below(5000);
    return key;
  });
}

TEST_CASE("keys at a distance for which the golden ratio is a bad one are found as well") {
  KeyedInts<std::uint64_t> rows;
  for (int i = 0; i < 100'000; ++i) rows.emplace_back(std::uint64_t(i) * 1'346'269, i);
  test::agrees_with_model<InlineMultimap<std::uint64_t, int>>(rows, rows);
}

TEST_CASE("as many rows of a key as a multimap takes are all found, those of an empty slot too") {
  for (const std::uint64_t key : {0, 7}) {
    KeyedInts<std::uint64_t> right;
    for (int i = 0; i < 40; ++i) right.emplace_back(key, i);
    for (int i = 0; i < 1000; ++i) right.emplace_back(100 + i, i);
    const KeyedInts<std::uint64_t> left(100, {key, 5});
    test::agrees_with_model<InlineMultimap<std::uint64_t, int>>(right, left);
  }
}

TEST_CASE("a multimap refuses a key with very many rows, and holds no memory then") {
  const auto memory = std::make_shared<MemoryManager>();
  for (const std::uint64_t key : {0, 7}) {
    Rows<std::pair<std::uint64_t, int>> rows(memory);
    for (int i = 0; i < 100'000; ++i) {
      rows.push({i % 2 == 0 ? key : static_cast<std::uint64_t>(i), i});
    }
    const auto before = memory->used();
    InlineMultimap<std::uint64_t, int> map(memory);
    REQUIRE_FALSE(map.fill(rows));
    REQUIRE(memory->used() == before);
  }
}

TEST_CASE("a multimap stops when no more is wanted") {
  const auto memory = std::make_shared<MemoryManager>();
  KeyedInts<std::uint64_t> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i, i);
  InlineMultimap<std::uint64_t, int> map(memory);
  REQUIRE(map.fill(rows_of(memory, rows)));
  int seen = 0;
  REQUIRE_FALSE(map.find_all<false>(std::span<const std::pair<std::uint64_t, int>>(rows),
                                    [&](auto&, std::size_t) { return ++seen < 10; }));
  REQUIRE(seen == 10);
}

TEST_CASE("memory that is refused to a multimap is an error, and none stays taken") {
  KeyedInts<std::uint64_t> pairs;
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(i, i);
  const auto plenty = std::make_shared<MemoryManager>();
  const auto rows = rows_of(plenty, pairs);
  const auto requests = test::refuse_each_request([&](const MemoryRef& memory) {
    InlineMultimap<std::uint64_t, int> map(memory);
    const bool filled = map.fill(rows);
    REQUIRE(filled);
  });
  REQUIRE(requests > 1);
}

}  // namespace kindred
