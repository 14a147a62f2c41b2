// The hash table of the aggregations for plain rows: the rows are its slots, so that a key costs
// one look into memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/slot_hash.hpp"

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
    detail::marker_key<K>&& bitwise<K>&& bitwise<V>&& bitwise<In>&& std::default_initializable<V>&&
        std::default_initializable<In> &&
    sizeof(std::pair<K, V>) <= 64 && sizeof(std::pair<K, In>) <= 64;

/// Combines the values of each key, as CombineTable does, in the order in which they are added.
/// Rows are given out in the order in which their keys were first seen; those of more than
/// kMostInOrder keys in an order of their places. Either way it depends on the rows alone. Used by
/// one thread: add() all, finish(), then read.
///
/// Linear probing over slots that are the rows themselves. The key K{} marks an empty slot; its own
/// row lies beside the slots.
template <class K, class V, class In = V>
class InlineTable {
 public:
  using Row = std::pair<K, V>;
  static_assert(inline_rows<K, V, In>);
  static constexpr std::size_t kMostInOrder = 64 * 1024;
  /// The most rows that for_each_rows() gives at a time.
  static constexpr std::size_t kStretch = 64;

  explicit InlineTable(const MemoryRef& memory)
      : slots_(kFirstSlots, memory), places_(Accounted<std::uint32_t>(memory)) {
    empty(0, kFirstSlots);
  }

  /// Sets the key's value to `combine(value, x)`, or adds the key with `combine.create(x)` (x where
  /// there is no create()). Rows wait in a small batch while their slots are fetched from memory.
  template <class X, class Combine>
  void add(const K& key, const X& x, const Combine& combine) {
    batch_[waiting_] = {key, static_cast<In>(x)};
    if (++waiting_ == kBatch) add_waiting(combine);
  }
  /// Combines what waits. To be called after the last add().
  template <class Combine>
  void finish(const Combine& combine) {
    add_waiting(combine);
  }

  std::size_t size() const { return size_; }
  /// Whether the rows are given out in the order in which their keys were first seen.
  bool is_in_order() const { return in_order_; }
  /// Calls `use(std::span<Row>)` for stretches of copies of the rows until it returns false.
  template <class Use>
  bool for_each_rows(Use&& use) const {
    return in_order_ ? for_each_in_order(use) : for_each_in_stretches(use);
  }

 private:
  using Slots = PlainRows<Row>;
  static constexpr std::uint32_t kBeside = 0xffffffff;  // the place of the row of K{}
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::size_t kBatch = 32;
  static_assert(kFirstSlots >= kStretch);

  static bool is_marker(const K& key) { return same_key(key, K{}); }

  std::uint32_t place_of(const K& key) const {
    return static_cast<std::uint32_t>(hash_(key) >> shift_);
  }

  // Out of line: it is called from every op of a chain that emits rows.
  template <class Combine>
  [[gnu::noinline]] void add_waiting(const Combine& combine) {
    const auto count = std::exchange(waiting_, 0);
    std::array<std::uint64_t, kBatch> hashes;
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash_(batch_[i].first);
      __builtin_prefetch(slots_.data() + (hashes[i] >> shift_), 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [key, x] = batch_[i];
      add_now(SlotHash<K>::kCheap ? hash_(key) : hashes[i], key, x, combine);
    }
  }
  template <class Combine>
  void add_now(std::uint64_t hash, const K& key, const In& x, const Combine& combine) {
    if (is_marker(key)) [[unlikely]] {
      add_beside(key, x, combine);
      return;
    }
    auto* const slots = slots_.data();
    for (auto at = static_cast<std::uint32_t>(hash >> shift_);; at = (at + 1) & mask_) {
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
      return;
    }
    beside_ = Row(key, detail::first_value<V>(x, combine));
    has_beside_ = true;
    count_new(kBeside);
  }
  // Out of line: the loop that adds stays small.
  [[gnu::noinline]] void insert(std::uint32_t place, const Row& row) {
    slots_.data()[place] = row;
    count_new(place);
    const auto slots = std::size_t{mask_} + 1;
    if (size_ * 2 > slots) {
      // A small table grows fast: each step places all of its rows again.
      place_again(slots * (slots < 4096 ? 4 : 2));
    } else if (!hash_.is_mixed() && ((place - place_of(row.first)) & mask_) > detail::kFarSearch) {
      hash_.mix();
      place_again(slots);
    }
  }
  void count_new(std::uint32_t place) {
    ++size_;
    if (in_order_) remember(place);
  }
  [[gnu::noinline]] void remember(std::uint32_t place) {
    if (size_ <= kMostInOrder) {
      places_.push_back(place);
    } else {
      in_order_ = false;
      places_ = AccountedVector<std::uint32_t>(places_.get_allocator());
    }
  }

  void place_again(std::size_t slots) {
    constexpr std::size_t kMost = std::size_t{1} << 31;  // a place is 32 bits, and one is kBeside
    if (slots > kMost)
      throw OutOfMemoryError("more than 1 billion keys in one partition: use more partitions");
    const auto old = std::exchange(slots_, Slots(slots, slots_.memory()));
    mask_ = static_cast<std::uint32_t>(slots - 1);
    shift_ = 64 - std::countr_zero(slots);
    if (in_order_) {
      empty(0, slots);
      for (auto& place : places_) {
        if (place != kBeside) place = put(old.data()[place]);
      }
    } else if (slots == old.rows().size()) {
      empty(0, slots);
      for (const auto& row : old.rows()) {
        if (!is_marker(row.first)) put(row);
      }
    } else {
      spread(old.rows());
    }
  }
  void empty(std::size_t begin, std::size_t count) {
    std::uninitialized_fill_n(slots_.data() + begin, count, Row{});
  }
  std::uint32_t put(const Row& row) {
    auto* const slots = slots_.data();
    auto at = place_of(row.first);
    while (!is_marker(slots[at].first)) at = (at + 1) & mask_;
    slots[at] = row;
    return at;
  }
  // From a smaller table, whose slots are in the order of the hashes, as those here are to be: each
  // is emptied just before the first row comes near it, and so while it is in the cache.
  void spread(std::span<const Row> old) {
    auto* const slots = slots_.data();
    // Behind an empty slot no row has come round from the end.
    std::size_t start = 0;
    while (!is_marker(old[start].first)) ++start;
    const auto first = static_cast<std::uint32_t>(start * (slots_.rows().size() / old.size()) /
                                                  kStretch * kStretch);
    std::size_t emptied = 0;  // so many slots from `first` on
    const auto empty_next = [&] {
      empty((first + emptied) & mask_, kStretch);
      emptied += kStretch;
    };
    std::array<Row, kStretch> rows;
    for (std::size_t i = 0; i < old.size(); i += kStretch) {
      // Half of the slots are empty, at random: a branch for each would often be mispredicted.
      std::size_t count = 0;
      for (std::size_t slot = i; slot < i + kStretch; ++slot) {
        rows[count] = old[(start + slot) & (old.size() - 1)];
        count += is_marker(rows[count].first) ? 0 : 1;
      }
      for (const auto& row : std::span(rows).first(count)) {
        for (auto at = (place_of(row.first) - first) & mask_;; at = (at + 1) & mask_) {
          while (at >= emptied) empty_next();
          auto& slot = slots[(first + at) & mask_];
          if (is_marker(slot.first)) {
            slot = row;
            break;
          }
        }
      }
    }
    while (emptied < slots_.rows().size()) empty_next();
  }

  template <class Use>
  bool for_each_in_order(Use& use) const {
    std::array<Row, kStretch> rows;
    for (std::size_t begin = 0; begin < places_.size(); begin += kStretch) {
      const auto places = std::span(places_).subspan(begin);
      const auto count = std::min(kStretch, places.size());
      for (std::size_t i = 0; i < count; ++i) {
        rows[i] = places[i] == kBeside ? beside_ : slots_.data()[places[i]];
      }
      if (!use(std::span(rows).first(count))) return false;
    }
    return true;
  }
  // Stretch after stretch of the slots, but each far from the last: another table of these keys,
  // while it is smaller, would get them all into its first slots.
  template <class Use>
  bool for_each_in_stretches(Use& use) const {
    std::array<Row, kStretch> rows;
    if (has_beside_) {
      rows[0] = beside_;
      if (!use(std::span(rows).first(1))) return false;
    }
    const auto stretches = slots_.rows().size() / kStretch;
    // By the golden ratio of them all; odd, so that every stretch has its turn.
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b9;  // of 32 bits, as many as places have
    const auto step = (stretches * kGoldenRatio >> 32) | 1;
    for (std::size_t i = 0, stretch = 0; i < stretches; ++i) {
      const auto* const slots = slots_.data() + stretch * kStretch;
      stretch = (stretch + step) & (stretches - 1);
      prefetch(slots_.data() + stretch * kStretch);
      std::size_t count = 0;
      for (std::size_t slot = 0; slot < kStretch; ++slot) {
        rows[count] = slots[slot];
        count += is_marker(slots[slot].first) ? 0 : 1;
      }
      if (!use(std::span(rows).first(count))) return false;
    }
    return true;
  }
  static void prefetch(const Row* stretch) {
    constexpr std::size_t kCacheLine = 64;
    const auto* const bytes = reinterpret_cast<const char*>(stretch);
    for (std::size_t at = 0; at < kStretch * sizeof(Row); at += kCacheLine) {
      __builtin_prefetch(bytes + at);
    }
  }

  SlotHash<K> hash_;
  Slots slots_;
  std::uint32_t mask_ = kFirstSlots - 1;
  int shift_ = 64 - std::countr_zero(kFirstSlots);
  bool in_order_ = true;
  std::size_t size_ = 0;
  AccountedVector<std::uint32_t> places_;  // of the rows in the order first seen, while in_order_
  Row beside_{};
  bool has_beside_ = false;
  std::array<std::pair<K, In>, kBatch> batch_;
  std::size_t waiting_ = 0;
};

}  // namespace kindred
