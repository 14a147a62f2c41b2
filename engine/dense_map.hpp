// Rows by integer keys for a join: one to a key, and the keys close together.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "kindred/engine/dense_values.hpp"
#include "kindred/engine/inline_multimap.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Finds the row of a key by its place in an array. As an InlineMultimap to those who read it. Used
/// by one thread: fill() once, then read.
template <class K, class W>
class DenseMap {
 public:
  using Row = std::pair<K, W>;
  /// The place of no row.
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  explicit DenseMap(const MemoryRef& memory) : memory_(memory), values_(memory) {}

  /// Takes all rows. False where two have the same key, which is mostly seen soon, or where the
  /// keys lie too far from each other: then there is nothing to find.
  bool fill(const Rows<Row>& rows) {
    if (rows.empty()) return true;
    KeyRange<K> keys;
    for (std::size_t chunk = 0; chunk < rows.chunks(); ++chunk) {
      for (const auto& row : rows.chunk(chunk)) keys.add(row.first);
      if (keys.span() >= most_places(rows.size())) return false;
    }
    values_.take(keys);
    for (std::size_t chunk = 0; chunk < rows.chunks(); ++chunk) {
      for (const auto& [key, value] : rows.chunk(chunk)) {
        if (values_.find(key) != nullptr) {
          values_ = DenseValues<K, W>(memory_);
          return false;
        }
        values_.value(key) = value;
      }
    }
    return true;
  }

  /// Calls `use(pair, place)` for each of the pairs and the place of the row of its key; where
  /// there is none, and `kAll`, with kNone. Stops, and returns false, when `use` does.
  template <bool kAll, class Pair, class Use>
  bool find_all(std::span<const Pair> pairs, const Use& use) const {
    for (std::size_t begin = 0; begin < pairs.size(); begin += kBlock) {
      const auto block = pairs.subspan(begin, std::min(kBlock, pairs.size() - begin));
      std::array<std::size_t, kBlock> places;
      for (std::size_t i = 0; i < block.size(); ++i) {
        values_.prefetch(block[i].first);
        const auto place = values_.place(block[i].first);
        places[i] = place < values_.places() && values_.has_value(place) ? place : kNone;
      }
      for (std::size_t i = 0; i < block.size(); ++i) {
        if ((kAll || places[i] != kNone) && !use(block[i], places[i])) return false;
      }
    }
    return true;
  }

  /// The places of all rows are less than this; some of them are empty.
  std::size_t places() const { return values_.places(); }
  bool is_empty(std::size_t place) const { return !values_.has_value(place); }
  Row row(std::size_t place) const { return values_.row(place); }

 private:
  static constexpr std::size_t kBlock = 32;

  // So many take no more memory than an InlineMultimap, with a flag for each place where a join
  // keeps the rows that nobody met.
  static std::size_t most_places(std::size_t rows) {
    return rows * InlineMultimap<K, W>::kSlotsARow * sizeof(Row) / (sizeof(W) + 1);
  }

  MemoryRef memory_;
  DenseValues<K, W> values_;
};

}  // namespace kindred
