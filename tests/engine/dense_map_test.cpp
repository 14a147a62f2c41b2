#include "kindred/engine/dense_map.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/join_model.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

using test::KeyedInts;
using test::rows_of;

// Every second integer from `first` on, `keys` of them, in the order of `random`.
template <class K>
KeyedInts<K> every_second(K first, std::size_t keys, test::Random& random) {
  KeyedInts<K> rows;
  for (std::size_t i = 0; i < keys; ++i) {
    rows.emplace_back(static_cast<K>(first + static_cast<K>(2 * i)), static_cast<int>(i));
  }
  std::shuffle(rows.begin(), rows.end(), random.engine);
  return rows;
}

}  // namespace

TEST_CASE("a dense map finds what a map does, whatever the order of the rows") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t keys : {1, 2, 33, 10'000}) {
    auto right = every_second<std::int64_t>(-3000, keys, random);
    auto left = right;
    for (int i = 0; i < 20'000; i += 7) left.emplace_back(i - 5000, i);
    left.emplace_back(std::numeric_limits<std::int64_t>::min(), 1);
    left.emplace_back(std::numeric_limits<std::int64_t>::max(), 1);
    test::agrees_with_model<DenseMap<std::int64_t, int>>(right, left);
    std::sort(right.begin(), right.end());
    test::agrees_with_model<DenseMap<std::int64_t, int>>(right, left);
    std::reverse(right.begin(), right.end());
    test::agrees_with_model<DenseMap<std::int64_t, int>>(right, left);
  }
  const KeyedInts<std::int64_t> none;
  test::agrees_with_model<DenseMap<std::int64_t, int>>(none, {{0, 1}});
}

TEST_CASE("the keys of a dense map may lie at either end of their type") {
  test::Random random;
  WITH_SEED(random);
  const auto agree = [&]<class K>(K first) {
    const auto rows = every_second<K>(first, 1000, random);
    auto left = rows;
    for (const auto far : {std::numeric_limits<K>::min(), K{0}, std::numeric_limits<K>::max()}) {
      left.emplace_back(far, -2);
    }
    test::agrees_with_model<DenseMap<K, int>>(rows, left);
  };
  agree(std::numeric_limits<std::int64_t>::min());
  agree(static_cast<std::int64_t>(std::numeric_limits<std::int64_t>::max() - 1998));
  agree(std::numeric_limits<std::int32_t>::min());
  agree(static_cast<std::int32_t>(std::numeric_limits<std::int32_t>::max() - 1998));
  agree(std::uint64_t{0});
  agree(std::numeric_limits<std::uint64_t>::max() - 1998);
  agree(std::numeric_limits<std::uint32_t>::max() - 1998);
}

TEST_CASE(
    "a dense map refuses two rows of a key, and keys far from each other, and holds no memory") {
  const auto memory = std::make_shared<MemoryManager>();
  const auto refuses = [&](const KeyedInts<std::uint64_t>& pairs) {
    const auto rows = rows_of(memory, pairs);
    const auto before = memory->used();
    DenseMap<std::uint64_t, int> map(memory);
    REQUIRE_FALSE(map.fill(rows));
    REQUIRE(memory->used() == before);
  };
  KeyedInts<std::uint64_t> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i, i);
  auto twice = rows;
  twice.emplace_back(500, 1);
  refuses(twice);
  auto far = rows;
  far.emplace_back(1'000'000, 1);
  refuses(far);
  refuses({{0, 1}, {std::numeric_limits<std::uint64_t>::max(), 2}});
}

TEST_CASE("a dense map stops when no more is wanted") {
  const auto memory = std::make_shared<MemoryManager>();
  KeyedInts<std::uint64_t> rows;
  for (int i = 0; i < 1000; ++i) rows.emplace_back(i, i);
  DenseMap<std::uint64_t, int> map(memory);
  REQUIRE(map.fill(rows_of(memory, rows)));
  int seen = 0;
  REQUIRE_FALSE(map.find_all<false>(std::span<const std::pair<std::uint64_t, int>>(rows),
                                    [&](auto&, std::size_t) { return ++seen < 10; }));
  REQUIRE(seen == 10);
}

TEST_CASE("memory that is refused to a dense map is an error, and none stays taken") {
  KeyedInts<std::uint64_t> pairs;
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(i, i);
  const auto rows = rows_of(std::make_shared<MemoryManager>(), pairs);
  const auto requests = test::refuse_each_request([&](const MemoryRef& memory) {
    DenseMap<std::uint64_t, int> map(memory);
    const bool filled = map.fill(rows);
    REQUIRE(filled);
  });
  REQUIRE(requests == 2);
}

}  // namespace kindred
