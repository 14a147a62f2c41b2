// The table of the aggregations for any number of keys: beyond what a cache holds, rows are first
// dealt out to many small tables, so that each of them is worked on while it is in the cache.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/inline_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/waiting_rows.hpp"

namespace kindred {

/// Combines the values of each key, as CombineTable does, in the order in which they are added.
/// Rows are given out in the order in which their keys were first seen; for many keys that can be
/// copied as bytes, part after part of their hashes, and in each part in that order. Either way the
/// order depends on the rows alone. Used by one thread: add() all, finish(), then read.
template <class K, class V, class In = V>
class PartitionedTable {
 public:
  using Row = std::pair<K, V>;
  using Added = std::pair<K, In>;

  explicit PartitionedTable(MemoryRef memory) : memory_(std::move(memory)), whole_(memory_) {}

  /// Sets the key's value to `combine(value, x)`, or adds the key with what `combine` creates from
  /// x; perhaps not before finish().
  template <class KeyView, class X, class Combine>
  void add(const KeyView& key, X&& x, const Combine& combine) {
    if constexpr (kCanSplit) {
      if (!parts_.empty()) {
        wait(key, static_cast<In>(x), combine);
        return;
      }
      if (whole_.size() >= kMostWhole) {
        split(combine);
        wait(key, static_cast<In>(x), combine);
        return;
      }
      whole_.add(key, static_cast<In>(x), combine);
    } else {
      whole_.add(key, std::forward<X>(x), combine);
    }
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    whole_.flush(combine);
    if constexpr (kCanSplit) {
      for (std::size_t part = 0; part < parts_.size(); ++part) drain(part, combine);
      waiting_.reset();
    }
  }

  std::size_t size() const {
    auto size = whole_.size();
    for (const auto& part : parts_) size += part.size();
    return size;
  }
  /// Calls `use(std::span<Row>)` for stretches of rows, in the order in which they are given out,
  /// until it returns false.
  template <class Use>
  bool for_each_rows(Use&& use) {
    if (!whole_.for_each_rows(use)) return false;
    for (auto& part : parts_) {
      if (!part.for_each_rows(use)) return false;
    }
    return true;
  }

 private:
  static constexpr bool kCanSplit = inline_rows<K, V, In>;
  using Table = std::conditional_t<kCanSplit, InlineTable<K, V, In>, CombineTable<K, V, In>>;
  static constexpr std::size_t kMostWhole = 256 * 1024;
  static constexpr std::size_t kParts = 256;
  // All rows that wait: so many that fetching a part's table into the cache once serves several
  // rows a cache line, but no great part of a small budget. Their number does not show in the
  // result.
  static constexpr std::uint64_t kMostWaitingBytes = 32 << 20;
  static constexpr std::uint64_t kShareOfBudget = 64;

  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  template <class Combine>
  void split(const Combine& combine) {
    whole_.flush(combine);
    waiting_.emplace(kParts, std::min(kMostWaitingBytes, memory_->limit() / kShareOfBudget),
                     memory_);
    parts_.reserve(kParts);
    for (std::size_t i = 0; i < kParts; ++i) parts_.emplace_back(memory_);
    whole_.for_each_rows([&](std::span<const Row> rows) {
      for (const auto& row : rows) parts_[part_of(key_hash(row.first))].adopt(row);
      return true;
    });
    whole_ = Table(memory_);
  }
  template <class KeyView, class Combine>
  void wait(const KeyView& key, In x, const Combine& combine) {
    const auto part = part_of(key_hash(key));
    if (waiting_->add(part, Added(key, x))) drain(part, combine);
  }
  template <class Combine>
  void drain(std::size_t part, const Combine& combine) {
    parts_[part].add_rows(waiting_->take(part), combine);
  }

  MemoryRef memory_;
  Table whole_;               // until there are many keys
  std::vector<Table> parts_;  // then all rows are here, by a part of their hash
  struct NoRows {};
  std::optional<std::conditional_t<kCanSplit, WaitingRows<Added>, NoRows>> waiting_;
};

}  // namespace kindred
