#include "kindred/engine/inline_multimap.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

template <class K, class W>
using Pairs = std::vector<std::pair<K, W>>;

template <class K, class W>
Rows<std::pair<K, W>> rows_of(const MemoryRef& memory, const Pairs<K, W>& pairs) {
  Rows<std::pair<K, W>> rows(memory);
  for (const auto& pair : pairs) rows.push(pair);
  return rows;
}

// A left row, and the value that it met; -1 where it met none.
template <class K>
using Met = std::vector<std::pair<std::pair<K, int>, int>>;

template <bool all, class K>
Met<K> found(const InlineMultimap<K, int>& map, const Pairs<K, int>& left) {
  Met<K> met;
  const bool finished = map.template find_all<all>(
      std::span(left), [&](const std::pair<K, int>& pair, std::size_t place) {
        met.emplace_back(pair, place == map.kNone ? -1 : map.row(place).second);
        return true;
      });
  REQUIRE(finished);
  return met;
}

template <class K>
Met<K> expected(bool all, const Pairs<K, int>& right, const Pairs<K, int>& left) {
  std::map<K, std::vector<int>> by_key;
  for (const auto& [key, value] : right) by_key[key].push_back(value);
  Met<K> met;
  for (const auto& pair : left) {
    const auto at = by_key.find(pair.first);
    if (at == by_key.end()) {
      if (all) met.emplace_back(pair, -1);
    } else {
      for (const auto value : at->second) met.emplace_back(pair, value);
    }
  }
  return met;
}

template <class K>
void agrees_with_model(const Pairs<K, int>& right, const Pairs<K, int>& left) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    InlineMultimap<K, int> map(memory);
    REQUIRE(map.fill(rows_of(memory, right)));
    const bool same = found<false>(map, left) == expected(false, right, left);
    REQUIRE(same);  // so many rows would be no message
    const bool same_of_all = found<true>(map, left) == expected(true, right, left);
    REQUIRE(same_of_all);

    Pairs<K, int> held;
    for (std::size_t place = 0; place < map.places(); ++place) {
      if (!map.is_empty(place)) held.push_back(map.row(place));
    }
    auto sorted = right;
    std::sort(sorted.begin(), sorted.end());
    std::sort(held.begin(), held.end());
    const bool all_held = held == sorted;
    REQUIRE(all_held);
  }
  REQUIRE(memory->used() == 0);
}

template <class K, class MakeKey>
void agrees_with_model(std::size_t right_rows, std::size_t left_rows, MakeKey make_key) {
  Pairs<K, int> right;
  Pairs<K, int> left;
  for (std::size_t i = 0; i < right_rows; ++i) right.emplace_back(make_key(), static_cast<int>(i));
  for (std::size_t i = 0; i < left_rows; ++i) left.emplace_back(make_key(), static_cast<int>(i));
  agrees_with_model<K>(right, left);
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
  Pairs<std::uint64_t, int> rows;
  for (int i = 0; i < 100'000; ++i) rows.emplace_back(std::uint64_t(i) * 1'346'269, i);
  agrees_with_model<std::uint64_t>(rows, rows);
}

TEST_CASE("as many rows of a key as a multimap takes are all found, those of an empty slot too") {
  for (const std::uint64_t key : {0, 7}) {
    Pairs<std::uint64_t, int> right;
    for (int i = 0; i < 40; ++i) right.emplace_back(key, i);
    for (int i = 0; i < 1000; ++i) right.emplace_back(100 + i, i);
    const Pairs<std::uint64_t, int> left(100, {key, 5});
    agrees_with_model<std::uint64_t>(right, left);
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
  Pairs<std::uint64_t, int> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i, i);
  InlineMultimap<std::uint64_t, int> map(memory);
  REQUIRE(map.fill(rows_of(memory, rows)));
  int seen = 0;
  REQUIRE_FALSE(map.find_all<false>(std::span<const std::pair<std::uint64_t, int>>(rows),
                                    [&](auto&, std::size_t) { return ++seen < 10; }));
  REQUIRE(seen == 10);
}

TEST_CASE("memory that is refused to a multimap is an error, and none stays taken") {
  Pairs<std::uint64_t, int> pairs;
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
