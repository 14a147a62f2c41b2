// The values of each key for any number of rows: beyond what a cache holds, plain rows are first
// dealt out to parts by their hash, so that the groups of each are made and read in the cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/grouped_rows.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Collects pairs, then gives the values of each key, in the order in which they came. All rows of
/// a key are in one part. Which part that is, and the order of the keys in it (that in which they
/// were first seen), depends on the rows alone. Used by one thread: add() all, finish() once, then
/// read.
template <class K, class V>
class PartedGroups {
 public:
  using Groups = GroupedRows<K, V>;

  explicit PartedGroups(MemoryRef memory) : memory_(std::move(memory)) {
    parts_.emplace_back(memory_);
  }

  template <class KeyView, class X>
  void add(const KeyView& key, X&& x) {
    if constexpr (kSplits) {
      if (!dealt_.empty()) {
        deal({key, x});
        return;
      }
    }
    parts_.front().add(key, std::forward<X>(x));
    split_if_many();
  }
  void add_rows(std::span<const std::pair<K, V>> rows) {
    if constexpr (kSplits) {
      if (!dealt_.empty()) {
        for (const auto& row : rows) deal(row);
        return;
      }
    }
    parts_.front().add_rows(rows);
    split_if_many();
  }
  /// Brings the values of each key together.
  void finish() {
    if constexpr (kSplits) {
      if (!dealt_.empty()) {
        parts_.clear();
        parts_.reserve(kParts);
        for (auto& rows : dealt_) parts_.push_back(grouped(std::move(rows)));
        dealt_.clear();
        return;
      }
    }
    parts_.front().finish();
  }

  /// At least one.
  std::span<const Groups> parts() const { return parts_; }

 private:
  static constexpr bool kSplits = Groups::kPlain;
  static constexpr std::size_t kParts = 128;
  // So many rows, of any key, that their groups outgrow a cache.
  static constexpr std::size_t kMostWhole = 64 * 1024;

  using Row = std::pair<K, V>;
  using Dealt = std::conditional_t<kSplits, std::vector<Rows<Row>>, std::vector<char>>;

  // By other bits than the partition, which is the same for all, and than the place in a table.
  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  void split_if_many() {
    if constexpr (kSplits) {
      if (parts_.front().rows() < kMostWhole) return;
      dealt_.reserve(kParts);
      for (std::size_t i = 0; i < kParts; ++i) dealt_.emplace_back(memory_);
      parts_.front().for_each_arrived([&](const K& key, const V& value) { deal({key, value}); });
      parts_.clear();
    }
  }
  void deal(const Row& row) { dealt_[part_of(key_hash(row.first))].push(row); }
  // Takes the rows, whose memory is free again before the values are placed.
  Groups grouped(Rows<Row> rows) const {
    Groups groups(memory_);
    for (std::size_t i = 0; i < rows.chunks(); ++i) groups.add_rows(std::as_const(rows).chunk(i));
    rows = Rows<Row>(memory_);
    groups.finish();
    return groups;
  }

  MemoryRef memory_;
  std::vector<Groups> parts_;  // one until finish(), and where there are few rows
  Dealt dealt_;                // between the split and finish(): the rows of each part
};

}  // namespace kindred
