// The values of each key for any number of rows: beyond what a cache holds, plain rows are first
// dealt out to parts by their hash, so that the groups of each are made and read in the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/row_grouper.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Collects plain pairs, then gives the values of each key, in the order in which they came. All
/// rows of a key are in one part. Which part that is, and the order of the keys in it (that in
/// which they were first seen), depends on the rows alone. Used by one thread: add() all, then
/// for_each_group() once.
template <class K, class V>
class PartedGroups {
 public:
  using Row = std::pair<K, V>;

  explicit PartedGroups(MemoryRef memory) : memory_(std::move(memory)) {
    parts_.emplace_back(memory_);
  }

  void add(const K& key, const V& value) {
    const Row row(key, value);
    add_rows({&row, 1});
  }
  void add_rows(std::span<const Row> rows) {
    if (parts_.size() == 1) {
      for (const auto& row : rows) parts_.front().push(row);
      if (parts_.front().size() >= kMostWhole) split();
    } else {
      deal(rows);
    }
  }

  /// Calls `use(key, values)` for each key and the span of its values until it returns false. Each
  /// part is gone when the next is begun.
  template <class Use>
  bool for_each_group(const Use& use) {
    RowGrouper<K, V> grouper(memory_);
    for (auto& part : parts_) {
      const auto rows = std::exchange(part, Rows<Row>(memory_));
      if (!grouper.for_each_group(rows, use)) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kParts = 256;
  // So many rows, of any key, that their groups outgrow a cache.
  static constexpr std::size_t kMostWhole = 64 * 1024;

  void split() {
    const auto whole = std::move(parts_.front());
    parts_.clear();
    parts_.reserve(kParts);
    for (std::size_t i = 0; i < kParts; ++i) parts_.emplace_back(memory_);
    for (std::size_t chunk = 0; chunk < whole.chunks(); ++chunk) deal(whole.chunk(chunk));
  }
  void deal(std::span<const Row> rows) {
    for (const auto& row : rows) parts_[part_of(key_hash(row.first))].push(row);
  }
  // By other bits than the partition, which is the same for all.
  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  MemoryRef memory_;
  std::vector<Rows<Row>> parts_;  // one while there are few rows
};

}  // namespace kindred
