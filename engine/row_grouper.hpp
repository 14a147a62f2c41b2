// The values of each key of plain rows, side by side.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/slot_hash.hpp"
#include "kindred/engine/stored.hpp"

namespace kindred {

/// Groups one set of plain rows after another; what memory it took for one serves the next. The
/// rows are read twice: the first time their groups are found and counted, the second time each
/// value is put where it belongs. Used by one thread.
template <class K, class V>
class RowGrouper {
 public:
  using Row = std::pair<K, V>;
  static_assert(bitwise<K> && bitwise<V>);

  explicit RowGrouper(const MemoryRef& memory)
      : slots_(kFirstSlots, Slot{}, Accounted<Slot>(memory)),
        keys_(Accounted<stored_t<K>>(memory)),
        ends_(Accounted<std::size_t>(memory)),
        group_of_(0, memory),
        values_(0, memory) {}

  /// Calls `use(key, std::span<const stored_t<V>> values)` for each key, in the order in which they
  /// were first seen, with its values in the order of the rows, until it returns false.
  template <class Use>
  bool for_each_group(const Rows<Row>& rows, const Use& use) {
    if (rows.size() > std::numeric_limits<std::uint32_t>::max())
      throw OutOfMemoryError("more than 4 billion rows in one partition: use more partitions");
    find_groups(rows);
    place_values(rows);
    std::size_t begin = 0;
    for (std::size_t group = 0; group < keys_.size(); ++group) {
      const std::span values(values_.data() + begin, ends_[group] - begin);
      if (!use(static_cast<const K&>(keys_[group]), std::as_const(values))) return false;
      begin = ends_[group];
    }
    return true;
  }

 private:
  struct Slot {
    K key;
    std::uint32_t group;
    std::uint32_t values;  // 0 where the slot is empty
  };
  static constexpr std::size_t kFirstSlots = 64;
  static constexpr std::size_t kBlock = 32;

  std::size_t place_of(const K& key) const {
    return static_cast<std::size_t>(hash_(key) >> (64 - std::countr_zero(slots_.size())));
  }
  std::size_t after(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

  void find_groups(const Rows<Row>& rows) {
    std::fill(slots_.begin(), slots_.end(), Slot{});
    keys_.clear();
    make_room(group_of_, rows.size());
    auto* group_of = group_of_.data();
    for (std::size_t chunk = 0; chunk < rows.chunks(); ++chunk) {
      const auto all = rows.chunk(chunk);
      for (std::size_t begin = 0; begin < all.size(); begin += kBlock) {
        const auto block = all.subspan(begin, std::min(kBlock, all.size() - begin));
        for (const auto& row : block) __builtin_prefetch(slots_.data() + place_of(row.first), 1);
        for (const auto& row : block) *group_of++ = count_value(row.first);
      }
    }
  }
  // The group of a key, which has one value more now.
  std::uint32_t count_value(const K& key) {
    for (auto place = place_of(key);; place = after(place)) {
      auto& slot = slots_[place];
      if (slot.values == 0) return add_group(place, key);
      if (same_key(slot.key, key)) {
        ++slot.values;
        return slot.group;
      }
    }
  }
  // Out of line: the loop that counts stays small.
  [[gnu::noinline]] std::uint32_t add_group(std::size_t place, const K& key) {
    const auto group = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(static_cast<stored_t<K>>(key));
    slots_[place] = {key, group, 1};
    if (keys_.size() * 2 > slots_.size()) {
      // A small table grows fast: each step places all of its keys again.
      place_again(slots_.size() * (slots_.size() < 4096 ? 4 : 2));
    } else if (!hash_.is_mixed() &&
               ((place - place_of(key)) & (slots_.size() - 1)) > detail::kFarSearch) {
      hash_.mix();
      place_again(slots_.size());
    }
    return group;
  }
  void place_again(std::size_t size) {
    AccountedVector<Slot> old(size, Slot{}, slots_.get_allocator());
    old.swap(slots_);
    for (const auto& slot : old) {
      if (slot.values == 0) continue;
      auto place = place_of(slot.key);
      while (slots_[place].values != 0) place = after(place);
      slots_[place] = slot;
    }
  }

  void place_values(const Rows<Row>& rows) {
    ends_.resize(keys_.size());
    for (const auto& slot : slots_) {
      if (slot.values != 0) ends_[slot.group] = slot.values;
    }
    std::size_t begin = 0;
    for (auto& end : ends_) begin += std::exchange(end, begin);  // for now where they begin
    make_room(values_, rows.size());
    const auto* group_of = group_of_.data();
    auto* const values = values_.data();
    auto* const ends = ends_.data();
    for (std::size_t chunk = 0; chunk < rows.chunks(); ++chunk) {
      for (const auto& row : rows.chunk(chunk)) {
        values[ends[*group_of++]++] = static_cast<stored_t<V>>(row.second);
      }
    }
  }
  template <class T>
  static void make_room(PlainRows<T>& array, std::size_t size) {
    if (array.rows().size() >= size) return;
    const auto memory = array.memory();
    array = PlainRows<T>(0, memory);  // given back before more is asked for
    array = PlainRows<T>(size + size / 8, memory);
  }

  SlotHash<K> hash_;
  AccountedVector<Slot> slots_;
  // Of each group, in the order in which their keys were first seen.
  AccountedVector<stored_t<K>> keys_;
  AccountedVector<std::size_t> ends_;  // of its values
  PlainRows<std::uint32_t> group_of_;  // each row
  PlainRows<stored_t<V>> values_;
};

}  // namespace kindred
