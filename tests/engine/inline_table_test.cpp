#include "kindred/engine/inline_table.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

// Not commutative: the order of the values must be kept.
const auto kFold = [](std::uint64_t a, std::uint64_t b) { return a * 31 + b; };

template <class K, class V>
std::vector<std::pair<K, V>> rows_of(const InlineTable<K, V>& table) {
  std::vector<std::pair<K, V>> rows;
  table.for_each_rows([&](auto stretch) {
    rows.insert(rows.end(), stretch.begin(), stretch.end());
    return true;
  });
  REQUIRE(rows.size() == table.size());
  return rows;
}

// The keys in the order first seen, and the fold of their values.
template <class K>
std::vector<std::pair<K, std::uint64_t>> expected(
    const std::vector<std::pair<K, std::uint64_t>>& added) {
  std::vector<std::pair<K, std::uint64_t>> rows;
  std::map<K, std::size_t> places;
  for (const auto& [key, value] : added) {
    const auto [at, is_new] = places.try_emplace(key, rows.size());
    if (is_new) {
      rows.emplace_back(key, value);
    } else {
      rows[at->second].second = kFold(rows[at->second].second, value);
    }
  }
  return rows;
}

template <class K, class MakeKey>
void agrees_with_model(std::size_t adds, MakeKey make_key) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    InlineTable<K, std::uint64_t> table(memory);
    std::vector<std::pair<K, std::uint64_t>> added;
    for (std::size_t i = 0; i < adds; ++i) {
      added.emplace_back(make_key(), i);
      table.add(added.back().first, added.back().second, kFold);
    }
    table.flush(kFold);
    const bool same = rows_of(table) == expected(added);  // so many rows would be no message
    REQUIRE(same);
    REQUIRE(memory->used() >= table.size() * sizeof(std::pair<K, std::uint64_t>));
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace

TEST_CASE("an inline table agrees with a map, the key of an empty slot among its keys") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t adds : {0, 1, 31, 33, 10'000, 300'000}) {
    for (const std::uint64_t keys : {1, 2, 100, 20'000, 1'000'000}) {
      agrees_with_model<std::uint64_t>(adds, [&] { return random.below(keys); });
    }
  }
  agrees_with_model<std::pair<int, std::int8_t>>(100'000, [&] {
    return std::pair(static_cast<int>(random.below(1000)),
                     static_cast<std::int8_t>(random.below(100)));
  });
}

TEST_CASE("the key of an empty slot is a key like others, before and after the table grows") {
  InlineTable<std::uint64_t, std::uint64_t> table(std::make_shared<MemoryManager>());
  table.add(7, 1, std::plus<>{});
  table.add(0, 10, std::plus<>{});
  for (std::uint64_t key = 1; key < 50'000; ++key) table.add(key, 1, std::plus<>{});
  table.add(0, 20, std::plus<>{});
  table.flush(std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == 50'000);
  REQUIRE(rows[0] == std::pair<std::uint64_t, std::uint64_t>(7, 2));
  REQUIRE(rows[1] == std::pair<std::uint64_t, std::uint64_t>(0, 30));
}

TEST_CASE("all NaNs of an inline table are one row, and so are 0.0 and -0.0") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  InlineTable<double, int> table(std::make_shared<MemoryManager>());
  for (const auto key : {nan, -0.0, -nan, 0.0, nan, 1.0}) table.add(key, 1, std::plus<>{});
  table.flush(std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == 3);
  REQUIRE(rows[0].second == 3);
  REQUIRE(rows[1].second == 2);
}

TEST_CASE("an inline table adopts rows of another one and adds to them") {
  InlineTable<std::uint64_t, std::uint64_t> table(std::make_shared<MemoryManager>());
  for (std::uint64_t key = 0; key < 1000; ++key) table.adopt({key, key});
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> more{{0, 1}, {999, 1}, {1000, 5}};
  table.add_rows(more, std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == 1001);
  REQUIRE(rows[0].second == 1);
  REQUIRE(rows[999].second == 1000);
  REQUIRE(rows[1000] == std::pair<std::uint64_t, std::uint64_t>(1000, 5));
}

TEST_CASE("a combine that throws leaves no memory of an inline table behind") {
  const auto memory = std::make_shared<MemoryManager>();
  {
    InlineTable<int, int> table(memory);
    const auto fails = [](int, int) -> int { throw std::runtime_error("bad row"); };
    for (int key = 0; key < 20'000; ++key) table.add(key, 1, fails);
    const auto add_again = [&] {
      for (int i = 0; i < 100; ++i) table.add(i, 1, fails);
    };
    REQUIRE_THROWS_WITH(add_again(), "bad row");
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace kindred
