// A hash table of plain rows that are its slots, so that a key costs one look into memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/inline_rows.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/prefetch.hpp"
#include "kindred/engine/slot_hash.hpp"

namespace kindred {

/// Keys, each with a value, found by linear probing. The rows are given out in the order in which
/// they were inserted; more than kMostInOrder of them in an order of their places. Used by one
/// thread. Its user grows it: grow(), when it is_full().
template <class K, class V>
class SlotTable {
 public:
  using Row = std::pair<K, V>;
  static_assert(inline_rows<K, V, V>);
  static constexpr std::size_t kMostInOrder = 16 * 1024;
  /// The most rows that for_each_rows() gives at a time.
  static constexpr std::size_t kStretch = 64;
  /// A key's value, or null where it has none; and where insert() is to place it then.
  struct Found {
    V* value;
    std::uint32_t place;
  };

  explicit SlotTable(const MemoryRef& memory)
      : slots_(0, memory), places_(Accounted<std::uint32_t>(memory)) {
    take_slots(kFirstSlots);
    empty(0, kFirstSlots);
  }

  std::size_t size() const { return size_; }
  std::uint64_t hash(const K& key) const { return hash_(key); }
  /// Begins to fetch what find() looks at.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(slots_.data() + place_of(hash), 1); }
  Found find(std::uint64_t hash, const K& key) {
    if (detail::is_marker(key)) [[unlikely]] {
      return {has_beside_ ? &beside_.second : nullptr, kBeside};
    }
    auto* const slots = slots_.data();
    for (auto at = place_of(hash);; at = (at + 1) & mask_) {
      auto& slot = slots[at];
      if (same_key(slot.first, key)) return {&slot.second, at};
      if (detail::is_marker(slot.first)) return {nullptr, at};
    }
  }
  /// For the place that find() gave for a new key. Keys may change their hash by it.
  void insert(std::uint32_t place, const Row& row) {
    ++size_;
    if (in_order_) remember(place);
    if (place == kBeside) {
      beside_ = row;
      has_beside_ = true;
      return;
    }
    slots_.data()[place] = row;
    const auto far = (place - place_of(hash_(row.first))) & mask_;
    if (far > detail::kFarSearch && !hash_.is_mixed() && !is_full()) {
      hash_.mix();
      place_again(slots_.rows().size());
    }
  }
  bool is_full() const { return size_ * 2 > slots_.rows().size(); }
  void grow() {
    const auto slots = slots_.rows().size();
    // A small table grows fast: each step places all of its rows again.
    place_again(slots * (slots < 4096 ? 4 : 2));
  }
  /// For a new table of this many rows, which do not come in an order that is worth keeping.
  void reserve(std::size_t rows) {
    in_order_ = false;
    const auto slots = std::bit_ceil(rows * 2);
    if (slots > kFirstSlots) place_again(slots);
  }

  /// Whether the rows are given out in the order in which they were inserted.
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
  static_assert(kFirstSlots >= kStretch);

  std::uint32_t place_of(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(hash >> shift_);
  }
  [[gnu::noinline]] void remember(std::uint32_t place) {
    if (size_ <= kMostInOrder) {
      places_.push_back(place);
    } else {
      in_order_ = false;
      places_ = AccountedVector<std::uint32_t>(places_.get_allocator());
    }
  }

  // Returns those that there were.
  Slots take_slots(std::size_t slots) {
    constexpr std::size_t kMost = std::size_t{1} << 31;  // a place is 32 bits, and one is kBeside
    if (slots > kMost)
      throw OutOfMemoryError("more than 1 billion keys in one partition: use more partitions");
    auto old = std::exchange(slots_, Slots(slots, slots_.memory()));
    mask_ = static_cast<std::uint32_t>(slots - 1);
    shift_ = 64 - std::countr_zero(slots);
    return old;
  }
  void place_again(std::size_t slots) {
    const auto old = take_slots(slots);
    if (in_order_) {
      empty(0, slots);
      for (auto& place : places_) {
        if (place != kBeside) place = put(old.data()[place]);
      }
    } else if (slots == old.rows().size()) {
      empty(0, slots);
      for (const auto& row : old.rows()) {
        if (!detail::is_marker(row.first)) put(row);
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
    auto at = place_of(hash_(row.first));
    while (!detail::is_marker(slots[at].first)) at = (at + 1) & mask_;
    slots[at] = row;
    return at;
  }
  // From a smaller table, whose slots are in the order of the hashes, as those here are to be: each
  // is emptied just before the first row comes near it, and so while it is in the cache.
  void spread(std::span<const Row> old) {
    auto* const slots = slots_.data();
    // Behind an empty slot no row has come round from the end.
    std::size_t start = 0;
    while (!detail::is_marker(old[start].first)) ++start;
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
        count += detail::is_marker(rows[count].first) ? 0 : 1;
      }
      for (const auto& row : std::span(rows).first(count)) {
        for (auto at = (place_of(hash_(row.first)) - first) & mask_;; at = (at + 1) & mask_) {
          while (at >= emptied) empty_next();
          auto& slot = slots[(first + at) & mask_];
          if (detail::is_marker(slot.first)) {
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
      detail::prefetch(reinterpret_cast<std::uintptr_t>(slots_.data() + stretch * kStretch),
                       kStretch * sizeof(Row));
      std::size_t count = 0;
      for (std::size_t slot = 0; slot < kStretch; ++slot) {
        rows[count] = slots[slot];
        count += detail::is_marker(slots[slot].first) ? 0 : 1;
      }
      if (!use(std::span(rows).first(count))) return false;
    }
    return true;
  }

  SlotHash<K> hash_;
  Slots slots_;
  std::uint32_t mask_ = 0;
  int shift_ = 0;
  bool in_order_ = true;
  std::size_t size_ = 0;
  AccountedVector<std::uint32_t> places_;  // of the rows in the order inserted, while in_order_
  Row beside_{};
  bool has_beside_ = false;
};

}  // namespace kindred
