// The table of the aggregations for plain rows.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/dense_values.hpp"
#include "kindred/engine/inline_rows.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/slot_hash.hpp"
#include "kindred/engine/slot_table.hpp"

namespace kindred {

/// Combines the values of each key, as CombineTable does, in the order in which they are added.
/// Rows are given out in the order in which their keys were first seen; those of more than
/// kMostInOrder keys in another, which depends on the rows alone. Used by one thread: add() all,
/// finish(), then read.
///
/// A SlotTable; of more than kMostInOrder keys DenseValues, where they are integers so close
/// together that an array of their values takes no more memory than slots would, or little more.
template <class K, class V, class In = V>
class InlineTable {
 public:
  using Row = std::pair<K, V>;
  static_assert(inline_rows<K, V, In>);
  static_assert(DenseValues<K, V>::kStretch <= SlotTable<K, V>::kStretch);
  static constexpr std::size_t kMostInOrder = SlotTable<K, V>::kMostInOrder;
  /// The most rows that for_each_rows() gives at a time.
  static constexpr std::size_t kStretch = SlotTable<K, V>::kStretch;

  explicit InlineTable(const MemoryRef& memory) : memory_(memory), slots_(memory), dense_(memory) {}

  /// Sets the key's value to `combine(value, x)`, or adds the key with `combine.create(x)` (x where
  /// there is no create()). Rows wait in a small batch while their values are fetched from memory.
  template <class X, class Combine>
  void add(const K& key, const X& x, const Combine& combine) {
    batch_[waiting_] = {key, static_cast<In>(x)};
    if constexpr (kMayBeDense) {
      if (is_dense_) dense_.prefetch(key);
    }
    if constexpr (kKeepsHashes) {
      hashes_[waiting_] = slots_.hash(key);
      slots_.prefetch(hashes_[waiting_]);
    }
    if (++waiting_ == kBatch) add_waiting(combine);
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    add_waiting(combine);
  }

  std::size_t size() const { return is_dense_ ? dense_.size() : slots_.size(); }
  /// Whether the rows are given out in the order in which their keys were first seen.
  bool is_in_order() const { return !is_dense_ && slots_.is_in_order(); }
  /// Calls `use(std::span<Row>)` for stretches of copies of the rows until it returns false.
  template <class Use>
  bool for_each_rows(Use&& use) const {
    if constexpr (kMayBeDense) {
      if (is_dense_) return dense_.for_each_rows(use);
    }
    return slots_.for_each_rows(use);
  }

 private:
  using Added = std::pair<K, In>;
  static constexpr bool kMayBeDense = detail::dense_key<K>;
  static constexpr bool kKeepsHashes = !SlotHash<K>::kCheap;
  static_assert(!(kMayBeDense && kKeepsHashes));    // all rows that wait are added at once then
  static constexpr std::size_t kLittle = 12 << 20;  // bytes
  static constexpr std::size_t kBatch = 32;

  // Out of line: it is called from every op of a chain that emits rows.
  template <class Combine>
  [[gnu::noinline]] void add_waiting(const Combine& combine) {
    auto rows = std::span<const Added>(batch_).first(std::exchange(waiting_, 0));
    if constexpr (kMayBeDense) {
      // A row may change the form of the table, for those after it.
      while (!rows.empty()) {
        rows = rows.subspan(is_dense_ ? add_dense(rows, combine) : add_hashed(rows, combine));
      }
    } else {
      add_hashed(rows, combine);
    }
  }
  // These two return how many of the rows were added while the table was of their form.
  template <class Combine>
  std::size_t add_hashed(std::span<const Added> rows, const Combine& combine) {
    if constexpr (!kKeepsHashes) {
      for (const auto& row : rows) slots_.prefetch(slots_.hash(row.first));
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& [key, x] = rows[i];
      const auto hash = kKeepsHashes ? hashes_[i] : slots_.hash(key);
      const auto [value, place] = slots_.find(hash, key);
      if (value != nullptr) {
        *value = combine(std::as_const(*value), x);
      } else {
        insert(place, Row(key, detail::first_value<V>(x, combine)), blank(combine));
        if (kMayBeDense && is_dense_) return i + 1;
      }
    }
    return rows.size();
  }
  template <class Combine>
  std::size_t add_dense(std::span<const Added> rows, const Combine& combine) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& [key, x] = rows[i];
      if (!dense_.has_room(key) && !dense_.reach(KeyRange<K>(key), most_dense())) [[unlikely]] {
        leave_dense();
        return i;
      }
      if constexpr (detail::WithIdentity<Combine>) {
        auto& value = dense_.value(key);
        value = combine(std::as_const(value), x);
      } else if (auto* const value = dense_.find(key)) {
        *value = combine(std::as_const(*value), x);
      } else {
        const V first = detail::first_value<V>(x, combine);
        dense_.value(key) = first;
      }
    }
    return rows.size();
  }

  // What a value of the dense table is before it is combined with the first x.
  template <class Combine>
  static V blank(const Combine& combine) {
    if constexpr (detail::WithIdentity<Combine>) {
      return combine.identity();
    } else {
      return V{};
    }
  }
  // Out of line: the loop that adds stays small.
  [[gnu::noinline]] void insert(std::uint32_t place, const Row& row, const V& blank) {
    slots_.insert(place, row);
    if (slots_.is_full() && !become_dense(blank)) slots_.grow();
  }

  // As much memory as slots take for as many keys, or more of it where that is little.
  std::size_t most_dense() const {
    const auto slots = std::bit_ceil(size() * 2) * sizeof(Row);
    return std::max(slots, std::min(slots * 6, kLittle)) / sizeof(V);
  }
  bool become_dense(const V& blank) {
    if constexpr (kMayBeDense) {
      if (slots_.is_in_order() || was_dense_) return false;
      KeyRange<K> keys;
      const bool close = slots_.for_each_rows([&](std::span<const Row> rows) {
        for (const auto& row : rows) keys.add(row.first);
        return keys.fits(most_dense());  // if not, that is mostly seen at once
      });
      dense_ = DenseValues<K, V>(memory_, blank);
      if (!close || !dense_.reach(keys, most_dense())) return false;
      slots_.for_each_rows([&](std::span<const Row> rows) {
        for (const auto& row : rows) dense_.value(row.first) = row.second;
        return true;
      });
      slots_ = SlotTable<K, V>(memory_);
      is_dense_ = was_dense_ = true;
    }
    return is_dense_;
  }
  // Back to slots, for good: a key has come that lies far from the others.
  void leave_dense() {
    slots_.reserve(dense_.size());
    dense_.for_each_rows([&](std::span<const Row> rows) {
      for (const auto& row : rows) {
        slots_.insert(slots_.find(slots_.hash(row.first), row.first).place, row);
      }
      return true;
    });
    dense_ = DenseValues<K, V>(memory_);
    is_dense_ = false;
  }

  MemoryRef memory_;
  SlotTable<K, V> slots_;    // has rows while the table is not dense
  DenseValues<K, V> dense_;  // and this, while it is
  bool is_dense_ = false;
  bool was_dense_ = false;
  std::array<Added, kBatch> batch_;
  std::array<std::uint64_t, kKeepsHashes ? kBatch : 0> hashes_;  // of those rows
  std::size_t waiting_ = 0;
};

}  // namespace kindred
