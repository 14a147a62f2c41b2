// The table of the aggregations for any number of keys: beyond what a cache holds, rows are first
// dealt out to many small tables, so that each of them is worked on while it is in the cache.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"

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

  explicit PartitionedTable(MemoryRef memory)
      : memory_(std::move(memory)), whole_(memory_), waiting_(Accounted<Added>(memory_)) {}

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
    }
    whole_.add(key, std::forward<X>(x), combine);
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    whole_.flush(combine);
    if constexpr (kCanSplit) {
      for (std::size_t part = 0; part < parts_.size(); ++part) drain(part, combine);
      waiting_.clear();
      waiting_.shrink_to_fit();
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
    if (whole_.size() > 0 && !use(whole_.rows())) return false;
    for (auto& part : parts_) {
      if (!use(part.rows())) return false;
    }
    return true;
  }

 private:
  static constexpr bool kCanSplit =
      bitwise<K> && bitwise<V> && bitwise<In> && sizeof(Row) <= 64 && sizeof(Added) <= 64;
  static constexpr std::size_t kMostWhole = 32 * 1024;
  static constexpr std::size_t kParts = 256;
  // All rows that wait: so many that fetching a part's table into the cache once serves several
  // rows a cache line, but no great part of a small budget. Their number does not show in the
  // result.
  static constexpr std::uint64_t kMostWaitingBytes = 32 << 20;
  static constexpr std::uint64_t kShareOfBudget = 64;
  static constexpr std::uint64_t kCacheLine = 64;

  // Rows that wait for each part: an odd number of cache lines, or the places where the parts are
  // written would all fall into one set of the cache.
  static std::size_t room_in(std::uint64_t budget) {
    const auto bytes = std::min(kMostWaitingBytes, budget / kShareOfBudget) / kParts;
    return ((bytes / kCacheLine) | 1) * kCacheLine / sizeof(Added);
  }
  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  template <class Combine>
  void split(const Combine& combine) {
    whole_.flush(combine);
    room_ = room_in(memory_->limit());
    waiting_.resize(kParts * room_);
    parts_.reserve(kParts);
    for (std::size_t i = 0; i < kParts; ++i) parts_.emplace_back(memory_);
    for (const auto& row : whole_.rows()) parts_[part_of(key_hash(row.first))].adopt(row);
    whole_ = CombineTable<K, V, In>(memory_);
  }
  template <class KeyView, class Combine>
  void wait(const KeyView& key, In x, const Combine& combine) {
    const auto part = part_of(key_hash(key));
    auto& count = counts_[part];
    auto* const place = waiting_.data() + part * room_ + count;
    *place = Added(key, x);
    if (++count == room_) drain(part, combine);
  }
  template <class Combine>
  void drain(std::size_t part, const Combine& combine) {
    auto& table = parts_[part];
    table.add_rows(std::span<const Added>(waiting_.data() + part * room_, counts_[part]), combine);
    counts_[part] = 0;
  }

  MemoryRef memory_;
  CombineTable<K, V, In> whole_;               // until there are many keys
  std::vector<CombineTable<K, V, In>> parts_;  // then all rows are here, by a part of their hash
  std::size_t room_ = 0;
  AccountedVector<Added> waiting_;  // room_ places for each part
  std::array<std::uint32_t, kCanSplit ? kParts : 1> counts_{};
};

}  // namespace kindred
