// What maps of the rows of a join's right side are held against.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/rows.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

template <class K>
using KeyedInts = std::vector<std::pair<K, int>>;

template <class K>
Rows<std::pair<K, int>> rows_of(const MemoryRef& memory, const KeyedInts<K>& pairs) {
  Rows<std::pair<K, int>> rows(memory);
  for (const auto& pair : pairs) rows.push(pair);
  return rows;
}

// A left row, and the value that it met; -1 where it met none.
template <class K>
using Met = std::vector<std::pair<std::pair<K, int>, int>>;

template <bool all, class Map, class K>
Met<K> found(const Map& map, const KeyedInts<K>& left) {
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
Met<K> expected(bool all, const KeyedInts<K>& right, const KeyedInts<K>& left) {
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

/// Fills a Map with the right rows, and looks for those of the left ones.
template <class Map, class K>
void agrees_with_model(const KeyedInts<K>& right, const KeyedInts<K>& left) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    Map map(memory);
    REQUIRE(map.fill(rows_of(memory, right)));
    const bool same = found<false>(map, left) == expected(false, right, left);
    REQUIRE(same);  // so many rows would be no message
    const bool same_of_all = found<true>(map, left) == expected(true, right, left);
    REQUIRE(same_of_all);

    KeyedInts<K> held;
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

}  // namespace kindred::test
