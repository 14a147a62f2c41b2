#include "kindred/engine/dense_values.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

constexpr std::size_t kMost = 100'000;

template <class K>
std::vector<std::pair<K, int>> rows_of(const DenseValues<K, int>& values) {
  std::vector<std::pair<K, int>> rows;
  values.for_each_rows([&](std::span<const std::pair<K, int>> stretch) {
    rows.insert(rows.end(), stretch.begin(), stretch.end());
    return true;
  });
  REQUIRE(rows.size() == values.size());
  return rows;
}

}  // namespace

TEST_CASE("dense values agree with a map, and come in the order of their keys") {
  test::Random random;
  WITH_SEED(random);
  const auto memory = std::make_shared<MemoryManager>();
  {
    DenseValues<std::int64_t, int> values(memory, -1);
    std::map<std::int64_t, int> model;
    for (int i = 0; i < 20'000; ++i) {
      // From the middle on, both ways.
      const auto width = static_cast<std::uint64_t>(i) + 1;
      const auto key = static_cast<std::int64_t>(random.below(2 * width)) - i;
      REQUIRE((values.has_room(key) || values.reach(KeyRange<std::int64_t>(key), kMost)));
      REQUIRE(values.has_room(key));
      const auto* const found = values.find(key);
      const auto at = model.find(key);
      REQUIRE((found == nullptr) == (at == model.end()));
      if (found != nullptr) REQUIRE(*found == at->second);
      REQUIRE(values.value(key) == (at == model.end() ? -1 : at->second));
      values.value(key) = i;
      model[key] = i;
    }
    const bool same =
        rows_of(values) == std::vector<std::pair<std::int64_t, int>>(model.begin(), model.end());
    REQUIRE(same);
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("keys that come from both ends in turn make a dense array grow few times") {
  const auto memory = std::make_shared<MemoryManager>();
  DenseValues<std::int32_t, int> values(memory);
  int grown = 0;
  for (std::int32_t i = 0; i < 30'000; ++i) {
    const auto key = i % 2 == 0 ? i : -i;
    if (!values.has_room(key)) {
      REQUIRE(values.reach(KeyRange<std::int32_t>(key), kMost));
      ++grown;
    }
    values.value(key) = i;
  }
  REQUIRE(values.size() == 30'000);
  REQUIRE(grown < 40);
}

TEST_CASE("dense values have no room for keys too far from each other, and stay as they were") {
  const auto memory = std::make_shared<MemoryManager>();
  DenseValues<std::uint64_t, int> values(memory);
  REQUIRE_FALSE(values.has_room(7));
  REQUIRE(values.reach(KeyRange<std::uint64_t>(7), kMost));
  values.value(7) = 1;
  for (const auto far : {std::uint64_t{kMost}, std::numeric_limits<std::uint64_t>::max()}) {
    REQUIRE_FALSE(values.has_room(far));
    REQUIRE_FALSE(values.reach(KeyRange<std::uint64_t>(far), kMost));
  }
  REQUIRE(rows_of(values) == std::vector<std::pair<std::uint64_t, int>>{{7, 1}});
  REQUIRE(values.reach(KeyRange<std::uint64_t>(kMost / 2), kMost));
  REQUIRE(rows_of(values) == std::vector<std::pair<std::uint64_t, int>>{{7, 1}});
}

TEST_CASE("room to spare does not keep dense values from keys that fit") {
  const auto memory = std::make_shared<MemoryManager>();
  DenseValues<std::int64_t, int> values(memory);
  constexpr auto kEnd = static_cast<std::int64_t>(kMost) / 3 * 2;
  for (const auto key : {std::int64_t{0}, kEnd / 2, kEnd - 200, std::int64_t{-1}}) {
    INFO("key " << key);
    REQUIRE((values.has_room(key) || values.reach(KeyRange<std::int64_t>(key), kMost)));
    values.value(key) = 1;
  }
}

TEST_CASE("the numbers of keys have the order of the keys") {
  using Range = KeyRange<std::int64_t>;
  const auto least = std::numeric_limits<std::int64_t>::min();
  const auto greatest = std::numeric_limits<std::int64_t>::max();
  REQUIRE(Range::number(least) == 0);
  REQUIRE(Range::number(-1) < Range::number(0));
  REQUIRE(Range::number(greatest) == std::numeric_limits<std::uint64_t>::max());
  for (const auto key : {least, std::int64_t{-1}, std::int64_t{0}, greatest}) {
    REQUIRE(Range::key(Range::number(key)) == key);
  }
  REQUIRE(KeyRange<std::int32_t>::key(KeyRange<std::int32_t>::number(-7)) == -7);
}

}  // namespace kindred
