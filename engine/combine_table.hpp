// The hash table of the aggregations: rows in the order in which their keys were first seen, one
// index beside them.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/waiting_key.hpp"

namespace kindred {

/// Finds the place of a hash among dense rows: linear probing over 8-byte slots that hold half of
/// the hash and the row's number. Knows no keys: the table that owns the rows compares them. Used
/// by one thread.
class HashIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  explicit HashIndex(MemoryRef memory) : slots_(Accounted<Slot>(std::move(memory))) {}

  /// The row for which `is_row(number)` holds among those of this hash, or kNone: then insert() may
  /// follow at once.
  template <class IsRow>
  std::uint32_t find(std::uint64_t hash, IsRow&& is_row) const {
    if (slots_.empty()) return kNone;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (auto at = tag & mask_;; at = (at + 1) & mask_) {
      const auto& slot = slots_[at];
      if (slot.row == kNone) return kNone;
      if (slot.tag == tag && is_row(slot.row)) return slot.row;
    }
  }
  /// Adds a row number that find() did not find. Rows are numbered from 0 in the order of
  /// insertion. Throws OutOfMemoryError beyond 2 billion of them.
  void insert(std::uint64_t hash, std::uint32_t row) {
    if ((std::size_t{row} + 1) * 2 > slots_.size()) grow();
    place({static_cast<std::uint32_t>(hash), row});
  }
  void prefetch(std::uint64_t hash) const {
    __builtin_prefetch(slots_.data() + (static_cast<std::uint32_t>(hash) & mask_));
  }
  /// The row that a find() of this hash most likely meets first, for a prefetch of the row itself.
  std::uint32_t likely(std::uint64_t hash) const {
    return slots_[static_cast<std::uint32_t>(hash) & mask_].row;
  }

  bool empty() const { return slots_.empty(); }
  void grow();

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t row = kNone;
  };

  void place(Slot slot) {
    auto at = slot.tag & mask_;
    while (slots_[at].row != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }

  AccountedVector<Slot> slots_;
  std::uint32_t mask_ = 0;
};

namespace detail {

/// The value of a key that a table meets for the first time: what `combine.create(x)` makes of it,
/// or x itself where a Combine has no create().
template <class V, class X, class Combine>
V first_value(X&& x, const Combine& combine) {
  if constexpr (requires { combine.create(std::forward<X>(x)); }) {
    return combine.create(std::forward<X>(x));
  } else {
    return V(own(std::forward<X>(x)));
  }
}

// A Combine without create() may have an identity(): a V that, combined with any x, gives x.
template <class Combine>
concept WithIdentity = requires(const Combine& combine) {
  combine.identity();
};

}  // namespace detail

/// Combines the values of each key. What is added is an `In`; what is kept for a key, and given
/// out, is a V. Rows are given out in the order in which their keys were first seen, which makes
/// the result the same in every run. Used by one thread.
template <class K, class V, class In = V>
class CombineTable {
 public:
  using Row = std::pair<K, V>;
  static constexpr bool kBatched =
      detail::can_wait<K> && bitwise<V> && bitwise<In> && sizeof(V) <= 64 && sizeof(In) <= 64;

  explicit CombineTable(const MemoryRef& memory)
      : rows_(Accounted<Row>(memory)),
        index_(memory),
        heap_(memory),
        counted_(Accounted<Counted>(memory)) {}

  /// Sets the key's value to `combine(value, x)`, or adds the key with `combine.create(x)` (x where
  /// there is no create()). `key` may be a view; it is owned when first seen. Plain rows, and those
  /// of short texts, wait in a small batch once the table is large, while their places are fetched
  /// from memory.
  template <class KeyView, class X, class Combine>
  void add(const KeyView& key, X&& x, const Combine& combine) {
    const auto hash = key_hash(key);
    if constexpr (kBatched) {
      if (rows_.size() >= kSmall) {
        if (Waiting::Key::fits(key)) {
          index_.prefetch(hash);
          wait(hash, key, static_cast<In>(x));
          if (waiting_ == kBatch) add_waiting(combine);
          return;
        }
        add_waiting(combine);  // the rows of a key stay in their order
      }
    }
    add_now(hash, key, std::forward<X>(x), combine);
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    if constexpr (kBatched) add_waiting(combine);
  }

  std::span<Row> rows() { return rows_; }
  /// Calls `use(std::span<Row>)` with all rows.
  template <class Use>
  bool for_each_rows(Use&& use) {
    return rows_.empty() || use(rows());
  }
  std::span<const Row> rows() const { return rows_; }
  std::size_t size() const { return rows_.size(); }

 private:
  static constexpr std::size_t kBatch = 128;
  // Up to here the table stays in the cache by itself. Waiting halves the time of 20,000 keys.
  static constexpr std::size_t kSmall = 16 * 1024;

  // To count the bytes of a list of texts takes a look at each of them: after every merge the time
  // would grow with the square of the list. It is counted again once a quarter more was merged.
  static constexpr bool kCountsSeldom = !detail::heap_known_at_once<V>;
  struct Counted {
    std::uint64_t merges;
    std::uint64_t next;  // the number of merges after which to count again
    std::size_t bytes;   // as counted last
  };

  struct Waiting {
    using Key = detail::WaitingKey<K>;
    std::uint64_t hash;
    Key key;
    In value;
  };

  template <class KeyView>
  void wait(std::uint64_t hash, const KeyView& key, In x) requires(kBatched) {
    auto& waiting = batch_[waiting_++];
    waiting.hash = hash;
    waiting.key.set(key);
    waiting.value = x;
  }
  template <class Combine>
  void add_waiting(const Combine& combine) requires(kBatched) {
    for (std::size_t i = 0; i < waiting_; ++i) prefetch_row(batch_[i].hash);
    for (std::size_t i = 0; i < waiting_; ++i) {
      add_now(batch_[i].hash, batch_[i].key.get(), batch_[i].value, combine);
    }
    waiting_ = 0;
  }
  void prefetch_row(std::uint64_t hash) const {
    const auto row = index_.likely(hash);
    if (row != HashIndex::kNone) __builtin_prefetch(rows_.data() + row, 1);
  }
  template <class KeyView, class X, class Combine>
  void add_now(std::uint64_t hash, const KeyView& key, X&& x, const Combine& combine) {
    const auto found =
        index_.find(hash, [&](std::uint32_t row) { return same_key(rows_[row].first, key); });
    if (found != HashIndex::kNone) {
      combine_into(found, std::forward<X>(x), combine);
      return;
    }
    Row row(own(key), detail::first_value<V>(std::forward<X>(x), combine));
    heap_.add(detail::heap_bytes_of(row));
    if constexpr (kCountsSeldom) counted_.push_back({0, 1, detail::heap_bytes_of(row.second)});
    rows_.push_back(std::move(row));
    index_.insert(hash, static_cast<std::uint32_t>(rows_.size() - 1));
  }
  template <class X, class Combine>
  void combine_into(std::uint32_t row, X&& x, const Combine& combine) {
    auto& value = rows_[row].second;
    if constexpr (bitwise<V>) {
      value = combine(std::as_const(value), std::forward<X>(x));
    } else if constexpr (kCountsSeldom) {
      V combined = combine(std::move(value), std::forward<X>(x));
      value = std::move(combined);
      auto& counted = counted_[row];
      if (++counted.merges < counted.next) return;
      counted.next = counted.merges + counted.merges / 4 + 1;
      heap_.remove(counted.bytes);
      counted.bytes = detail::heap_bytes_of(value);
      heap_.add(counted.bytes);
    } else {
      const auto before = detail::heap_bytes_of(value);
      V combined = combine(std::move(value), std::forward<X>(x));
      value = std::move(combined);
      const auto after = detail::heap_bytes_of(value);
      heap_.remove(before);
      heap_.add(after);
    }
  }

  AccountedVector<Row> rows_;
  HashIndex index_;
  Reservation heap_;
  AccountedVector<Counted> counted_;  // for each row, where kCountsSeldom
  struct NoBatch {};
  std::conditional_t<kBatched, std::array<Waiting, kBatch>, NoBatch> batch_;
  std::size_t waiting_ = 0;
};

}  // namespace kindred
