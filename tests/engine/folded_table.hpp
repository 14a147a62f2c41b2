// What a table that folds the values of each key is held against.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "kindred/engine/memory.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

// Not commutative: the order of the values must be kept.
inline constexpr auto kFold = [](std::uint64_t a, std::uint64_t b) { return a * 31 + b; };

template <class K>
using Pairs = std::vector<std::pair<K, std::uint64_t>>;

/// The keys in the order first seen, and the fold of their values.
template <class K>
Pairs<K> folded_model(const Pairs<K>& added) {
  Pairs<K> rows;
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

/// The rows that a table gives.
template <class Table>
std::vector<typename Table::Row> rows_of(Table& table) {
  std::vector<typename Table::Row> rows;
  const auto size = table.size();
  table.for_each_rows([&](auto stretch) {
    rows.insert(rows.end(), stretch.begin(), stretch.end());
    return true;
  });
  REQUIRE(rows.size() == size);
  return rows;
}

/// The rows of a Table to which all pairs were added.
template <class Table, class K>
Pairs<K> folded(const MemoryRef& memory, const Pairs<K>& added) {
  Table table(memory);
  for (const auto& [key, value] : added) table.add(key, value, kFold);
  table.finish(kFold);
  return rows_of(table);
}

/// Makes the rows twice: they must be the same, in the same order, however often. That is the one
/// in which the keys were first seen, where there are no more than `most_in_order`.
template <class Table, class K>
void agrees_with_model(const Pairs<K>& added, std::size_t most_in_order) {
  const auto memory = std::make_shared<MemoryManager>();
  auto rows = folded<Table>(memory, added);
  REQUIRE(memory->used() == 0);
  const bool again = rows == folded<Table>(memory, added);  // so many rows would be no message
  REQUIRE(again);
  auto model = folded_model(added);
  if (model.size() > most_in_order) {
    std::sort(rows.begin(), rows.end());
    std::sort(model.begin(), model.end());
  }
  const bool same = rows == model;
  REQUIRE(same);
}

}  // namespace kindred::test
