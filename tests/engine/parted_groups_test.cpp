#include "kindred/engine/parted_groups.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

template <class K, class V>
using GroupList = std::vector<std::pair<K, std::vector<V>>>;

// Half of the rows are added one by one, the others at once.
template <class K, class V>
GroupList<K, V> groups_of(const MemoryRef& memory, const std::vector<std::pair<K, V>>& rows) {
  PartedGroups<K, V> groups(memory);
  const auto half = rows.size() / 2;
  for (std::size_t i = 0; i < half; ++i) groups.add(pass(rows[i].first), rows[i].second);
  groups.add_rows(std::span(rows).subspan(half));
  GroupList<K, V> all;
  groups.for_each_group([&all](const K& key, auto values) {
    all.emplace_back(key, std::vector<V>(values.begin(), values.end()));
    return true;
  });
  return all;
}

template <class K, class V>
void agrees_with_map(const std::vector<std::pair<K, V>>& rows) {
  const auto memory = std::make_shared<MemoryManager>();
  std::map<K, std::vector<V>> model;
  for (const auto& [key, value] : rows) model[key].push_back(value);
  const auto groups = groups_of(memory, rows);
  REQUIRE(memory->used() == 0);
  REQUIRE(groups.size() == model.size());
  // Too many for a message.
  const bool same = std::map<K, std::vector<V>>(groups.begin(), groups.end()) == model;
  REQUIRE(same);
  const bool again = groups_of(memory, rows) == groups;
  REQUIRE(again);
}

}  // namespace

TEST_CASE("parted groups agree with a map of vectors, few rows and many") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t count : {0, 1, 1000, 65'536, 65'537, 131'074, 400'000}) {
    for (const std::uint64_t keys : {1, 300, 100'000}) {
      std::vector<std::pair<std::uint64_t, std::uint32_t>> rows;
      for (std::size_t i = 0; i < count; ++i) {
        rows.emplace_back(random.below(keys), static_cast<std::uint32_t>(i));
      }
      agrees_with_map(rows);
    }
  }
}

TEST_CASE("groups of keys and values of one bit, and of keys of several parts, agree with a map") {
  test::Random random;
  WITH_SEED(random);
  std::vector<std::pair<bool, bool>> bits;
  std::vector<std::pair<std::pair<int, double>, int>> pairs;
  for (int i = 0; i < 100'000; ++i) {
    bits.emplace_back(random.below(2) == 1, random.below(2) == 1);
    pairs.emplace_back(
        std::pair(static_cast<int>(random.below(100)), static_cast<double>(random.below(100)) / 2),
        i);
  }
  agrees_with_map(bits);
  agrees_with_map(pairs);
}

TEST_CASE("groups of keys at any distance from each other agree with a map") {
  // Multiples of the last lie close together where the golden ratio places them.
  for (const std::uint64_t distance : {std::uint64_t{1} << 20, std::uint64_t{1'346'269}}) {
    for (const std::uint64_t count : {60'000, 300'000}) {
      std::vector<std::pair<std::uint64_t, std::uint64_t>> rows;
      for (std::uint64_t i = 0; i < count; ++i) rows.emplace_back(i / 2 * distance, i);
      agrees_with_map(rows);
    }
  }
}

TEST_CASE("the groups of a few rows come in the order in which their keys were first seen") {
  const auto groups = groups_of<int, int>(std::make_shared<MemoryManager>(),
                                          {{5, 1}, {3, 2}, {9, 3}, {3, 4}, {5, 5}});
  REQUIRE(groups == GroupList<int, int>{{5, {1, 5}}, {3, {2, 4}}, {9, {3}}});
}

TEST_CASE("no more groups are given than are wanted") {
  for (const int rows : {1000, 100'000}) {
    PartedGroups<int, int> groups(std::make_shared<MemoryManager>());
    for (int i = 0; i < rows; ++i) groups.add(i, i);
    int seen = 0;
    REQUIRE_FALSE(groups.for_each_group([&](int, auto) { return ++seen < 3; }));
    REQUIRE(seen == 3);
  }
}

TEST_CASE("memory that is refused to parted groups is an error, and none stays taken") {
  std::size_t n = 0;
  for (bool refused = true; refused; n += 37) {
    const auto memory = std::make_shared<test::RefusingMemory>(n);
    try {
      PartedGroups<int, int> groups(memory);
      for (int i = 0; i < 100'000; ++i) groups.add(i, i);
      groups.for_each_group([](int, auto) { return true; });
    } catch (const OutOfMemoryError&) {
    }
    refused = memory->refused();
    REQUIRE(memory->used() == 0);
  }
  REQUIRE(n > 500);
}

}  // namespace kindred
