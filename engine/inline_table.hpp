// The hash table of the aggregations for plain rows: the rows are its slots, so that a key costs
// one look into memory.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"

namespace kindred {

namespace detail {

// Keys of which K{} is always one and the same: not so where a user's == or constructor decides.
template <class K>
inline constexpr bool marker_key = std::is_arithmetic_v<K> || std::is_enum_v<K>;
template <class A, class B>
inline constexpr bool marker_key<std::pair<A, B>> = marker_key<A>&& marker_key<B>;
template <class... A>
inline constexpr bool marker_key<std::tuple<A...>> = (marker_key<A> && ...);
template <class A, std::size_t n>
inline constexpr bool marker_key<std::array<A, n>> = marker_key<A>;

}  // namespace detail

/// Whether an InlineTable can hold the rows: small ones whose bytes are their value.
template <class K, class V, class In>
inline constexpr bool inline_rows =
    detail::marker_key<K>&& bitwise<K>&& bitwise<V>&& bitwise<In>&& std::default_initializable<V> &&
    sizeof(std::pair<K, V>) <= 64 && sizeof(std::pair<K, In>) <= 64;

/// Combines the values of each key, as CombineTable does, and gives the rows out in the order in
/// which their keys were first seen. Used by one thread.
///
/// Linear probing over slots that are the rows themselves. The key K{} marks an empty slot; its own
/// row lies beside the slots.
template <class K, class V, class In = V>
class InlineTable {
 public:
  using Row = std::pair<K, V>;
  using Added = std::pair<K, In>;
  static_assert(inline_rows<K, V, In>);

  explicit InlineTable(const MemoryRef& memory)
      : slots_(kFirstSlots, Row{}, Accounted<Row>(memory)),
        places_(Accounted<std::uint32_t>(memory)) {}

  /// Sets the key's value to `combine(value, x)`, or adds the key with `combine.create(x)` (x where
  /// there is no create()). Once the table is large rows wait in a small batch while their slots
  /// are fetched from memory.
  template <class Combine>
  void add(const K& key, const In& x, const Combine& combine) {
    const auto hash = static_cast<std::uint32_t>(key_hash(key));
    if (places_.size() < kSmall) {
      add_now(hash, key, x, combine);
      return;
    }
    __builtin_prefetch(slots_.data() + (hash & mask_), 1);
    batch_[waiting_] = {hash, key, x};
    if (++waiting_ == kBatch) flush(combine);
  }
  /// Adds many rows at once, in their order, to a table that stays in the cache; not while rows of
  /// add() wait.
  template <class Combine>
  void add_rows(std::span<const Added> rows, const Combine& combine) {
    for (const auto& [key, x] : rows) {
      add_now(static_cast<std::uint32_t>(key_hash(key)), key, x, combine);
    }
  }
  /// Adds a row of another table, whose key must not be here yet.
  void adopt(const Row& row) { insert(is_marker(row.first) ? kBeside : free_slot(row.first), row); }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void flush(const Combine& combine) {
    const auto count = std::exchange(waiting_, 0);
    for (std::size_t i = 0; i < count; ++i) {
      add_now(batch_[i].hash, batch_[i].key, batch_[i].value, combine);
    }
  }

  std::size_t size() const { return places_.size(); }
  /// Calls `use(std::span<Row>)` for stretches of copies of the rows, in the order in which their
  /// keys were first seen, until it returns false.
  template <class Use>
  bool for_each_rows(Use&& use) const {
    std::array<Row, kStretch> rows;
    for (std::size_t begin = 0; begin < places_.size(); begin += kStretch) {
      const auto places = std::span(places_).subspan(begin);
      const auto count = std::min(kStretch, places.size());
      prefetch(slots_, places.first(count));
      for (std::size_t i = 0; i < count; ++i) rows[i] = row_at(slots_, places[i]);
      if (!use(std::span(rows).first(count))) return false;
    }
    return true;
  }

 private:
  using Slots = AccountedVector<Row>;
  static constexpr std::uint32_t kBeside = 0xffffffff;  // the place of the row of K{}
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::size_t kBatch = 32;
  static constexpr std::size_t kStretch = 64;
  // Up to here the slots stay in the cache by themselves.
  static constexpr std::size_t kSmall = 8 * 1024;

  struct Waiting {
    std::uint32_t hash;
    K key;
    In value;
  };

  static bool is_marker(const K& key) { return same_key(key, K{}); }
  const Row& row_at(const Slots& slots, std::uint32_t place) const {
    return place == kBeside ? beside_ : slots[place];
  }
  static void prefetch(const Slots& slots, std::span<const std::uint32_t> places) {
    for (const auto place : places) {
      if (place != kBeside) __builtin_prefetch(slots.data() + place);
    }
  }

  template <class Combine>
  void add_now(std::uint32_t hash, const K& key, const In& x, const Combine& combine) {
    if (same_key(key, K{})) [[unlikely]] {
      add_beside(key, x, combine);
      return;
    }
    auto* const slots = slots_.data();
    for (auto at = hash & mask_;; at = (at + 1) & mask_) {
      auto& slot = slots[at];
      if (same_key(slot.first, key)) {
        slot.second = combine(std::as_const(slot.second), x);
        return;
      }
      if (is_marker(slot.first)) {
        insert(at, Row(key, detail::first_value<V>(x, combine)));
        return;
      }
    }
  }
  template <class Combine>
  void add_beside(const K& key, const In& x, const Combine& combine) {
    if (has_beside_) {
      beside_.second = combine(std::as_const(beside_.second), x);
    } else {
      insert(kBeside, Row(key, detail::first_value<V>(x, combine)));
    }
  }
  // Out of line: the loop that adds stays small.
  [[gnu::noinline]] void insert(std::uint32_t place, const Row& row) {
    places_.push_back(place);
    if (place == kBeside) {
      beside_ = row;
      has_beside_ = true;
      return;
    }
    slots_[place] = row;
    if (places_.size() * 2 > slots_.size()) grow();
  }
  std::uint32_t free_slot(const K& key) const {
    auto at = static_cast<std::uint32_t>(key_hash(key)) & mask_;
    while (!is_marker(slots_[at].first)) at = (at + 1) & mask_;
    return at;
  }
  void grow() {
    constexpr std::size_t kMost = std::size_t{1} << 31;  // a place is 32 bits, and one is kBeside
    if (slots_.size() >= kMost)
      throw OutOfMemoryError("more than 1 billion keys in one partition: use more partitions");
    // A small table grows fast: each step places all of its rows again.
    const auto size = slots_.size() * (slots_.size() < 4096 ? 4 : 2);
    Slots old(size, Row{}, slots_.get_allocator());
    old.swap(slots_);
    mask_ = static_cast<std::uint32_t>(size - 1);
    for (std::size_t begin = 0; begin < places_.size(); begin += kStretch) {
      const auto places = std::span(places_).subspan(begin);
      place_again(old, places.first(std::min(kStretch, places.size())));
    }
  }
  void place_again(const Slots& old, std::span<std::uint32_t> places) {
    prefetch(old, places);
    for (const auto place : places) {
      if (place == kBeside) continue;
      const auto hash = static_cast<std::uint32_t>(key_hash(old[place].first));
      __builtin_prefetch(slots_.data() + (hash & mask_), 1);
    }
    for (auto& place : places) {
      if (place == kBeside) continue;
      const auto& row = old[place];
      place = free_slot(row.first);
      slots_[place] = row;
    }
  }

  Slots slots_;
  std::uint32_t mask_ = kFirstSlots - 1;
  AccountedVector<std::uint32_t> places_;  // of the rows, in the order first seen
  Row beside_{};
  bool has_beside_ = false;
  std::array<Waiting, kBatch> batch_;
  std::size_t waiting_ = 0;
};

}  // namespace kindred
