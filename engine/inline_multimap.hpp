// Rows by their keys for a join of plain rows: found with one look into memory.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "kindred/engine/inline_rows.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/slot_hash.hpp"

namespace kindred {

/// Finds the rows of a key, in the order in which they came. The rows are the slots, a cache line
/// of them to a bucket: a bucket is searched without a branch for each slot, and what does not fit
/// goes into the next one. The key K{} marks an empty slot; its own rows lie beside the slots. Used
/// by one thread: fill() once, then read.
template <class K, class W>
class InlineMultimap {
 public:
  using Row = std::pair<K, W>;
  static_assert(inline_rows<K, W, W>);
  /// So many slots there are for each row, for most cache lines to have room: a search that needs a
  /// second one mostly waits for it.
  static constexpr std::size_t kSlotsARow = 3;
  /// The place of no row.
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  explicit InlineMultimap(MemoryRef memory)
      : memory_(memory), slots_(0, memory), beside_(std::move(memory)) {}

  /// Takes all rows. False where many of them have the same key, which takes ever longer: then
  /// there is nothing to find.
  bool fill(const Rows<Row>& rows) {
    buckets_ = std::max<std::size_t>(rows.size() * kSlotsARow / kSlots, 1);
    slots_ = PlainRows<Row>(buckets_ * kSlots, memory_);
    const auto* refused = place_all(rows);
    if (refused != nullptr && !hash_.is_mixed() && !has_many(refused->first)) {
      hash_.mix();  // the keys lie at a bad distance
      refused = place_all(rows);
    }
    if (refused == nullptr) return true;
    slots_ = PlainRows<Row>(0, memory_);
    beside_ = Rows<Row>(memory_);
    return false;
  }

  /// Calls `use(pair, place)` for each of the pairs and the place of each row of the same key;
  /// where there is none, and `kAll`, once with kNone. The slots of many pairs are fetched from
  /// memory at a time. Stops, and returns false, when `use` does.
  template <bool kAll, class Pair, class Use>
  bool find_all(std::span<const Pair> pairs, const Use& use) const {
    for (std::size_t begin = 0; begin < pairs.size(); begin += kBlock) {
      const auto block = pairs.subspan(begin, std::min(kBlock, pairs.size() - begin));
      std::array<std::size_t, kBlock> buckets;
      for (std::size_t i = 0; i < block.size(); ++i) {
        buckets[i] = bucket_of(block[i].first);
        const auto* const slot = slots_.data() + buckets[i] * kSlots;
        __builtin_prefetch(slot);
        __builtin_prefetch(slot + kSlots);  // some have overflowed
      }
      if (!find_block<kAll>(block, buckets, use)) return false;
    }
    return true;
  }

  /// The places of all rows are less than this; some of them are empty.
  std::size_t places() const { return buckets_ * kSlots + beside_.size(); }
  bool is_empty(std::size_t place) const {
    return place < buckets_ * kSlots && detail::is_marker(slots_.data()[place].first);
  }
  const Row& row(std::size_t place) const {
    const auto in_slots = buckets_ * kSlots;
    return place < in_slots ? slots_.data()[place] : beside_.chunk(0)[place - in_slots];
  }

 private:
  static constexpr std::size_t kSlots = std::bit_floor(64 / sizeof(Row));  // of a bucket
  static constexpr std::size_t kBlock = 32;
  static constexpr std::size_t kMostOfAKey = 64;
  static constexpr std::size_t kFar = kMostOfAKey / kSlots;  // in buckets
  static constexpr std::size_t kFound = 256;

  struct Found {
    std::size_t pair;
    std::size_t place;
  };

  std::size_t bucket_of(const K& key) const {
    return static_cast<std::size_t>(((hash_(key) >> 32) * buckets_) >> 32);
  }
  std::size_t after(std::size_t bucket) const { return bucket + 1 == buckets_ ? 0 : bucket + 1; }

  // Null, or the row for which there is no place.
  const Row* place_all(const Rows<Row>& rows) {
    std::uninitialized_fill_n(slots_.data(), buckets_ * kSlots, Row{});
    beside_ = Rows<Row>(memory_);
    beside_.reserve(kMostOfAKey);  // in one chunk
    for (std::size_t chunk = 0; chunk < rows.chunks(); ++chunk) {
      const auto all = rows.chunk(chunk);
      for (std::size_t begin = 0; begin < all.size(); begin += kBlock) {
        const auto block = all.subspan(begin, std::min(kBlock, all.size() - begin));
        for (const auto& row : block) {
          __builtin_prefetch(slots_.data() + bucket_of(row.first) * kSlots, 1);
        }
        for (const auto& row : block) {
          if (!place(row)) return &row;
        }
      }
    }
    return nullptr;
  }
  bool has_many(const K& key) const {
    std::size_t rows = detail::is_marker(key) ? beside_.size() : 0;
    auto bucket = bucket_of(key);
    for (std::size_t far = 0; far < kFar; ++far, bucket = after(bucket)) {
      for (std::size_t i = 0; i < kSlots; ++i) {
        rows += same_key(slots_.data()[bucket * kSlots + i].first, key) ? 1 : 0;
      }
    }
    return rows * 2 > kMostOfAKey;
  }
  bool place(const Row& row) {
    if (detail::is_marker(row.first)) [[unlikely]] {
      if (beside_.size() == kMostOfAKey) return false;
      beside_.push(row);
      return true;
    }
    auto bucket = bucket_of(row.first);
    for (std::size_t far = 0; far < kFar; ++far, bucket = after(bucket)) {
      auto* const slots = slots_.data() + bucket * kSlots;
      std::size_t used = 0;  // they are filled from the first on
      for (std::size_t i = 0; i < kSlots; ++i) used += detail::is_marker(slots[i].first) ? 0 : 1;
      if (used < kSlots) {
        slots[used] = row;
        return true;
      }
    }
    return false;
  }

  template <bool kAll, class Pair, class Use>
  bool find_block(std::span<const Pair> pairs, const std::array<std::size_t, kBlock>& buckets,
                  const Use& use) const {
    std::array<Found, kFound> found;
    std::size_t count = 0;
    const auto use_found = [&] {
      const auto end = std::exchange(count, 0);
      for (std::size_t i = 0; i < end; ++i) {
        if (!use(pairs[found[i].pair], found[i].place)) return false;
      }
      return true;
    };
    for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
      const K key = pairs[pair].first;
      const auto before = count;
      if (detail::is_marker(key)) [[unlikely]] {
        for (std::size_t i = 0; i < beside_.size(); ++i) {
          found[count++] = {pair, buckets_ * kSlots + i};
        }
      } else {
        auto bucket = buckets[pair];
        for (std::size_t far = 0; far < kFar; ++far, bucket = after(bucket)) {
          const auto* const slots = slots_.data() + bucket * kSlots;
          for (std::size_t i = 0; i < kSlots; ++i) {
            found[count] = {pair, bucket * kSlots + i};
            count += same_key(slots[i].first, key) ? 1 : 0;
          }
          if (detail::is_marker(slots[kSlots - 1].first)) [[likely]] {
            break;
          }
        }
      }
      if constexpr (kAll) {
        found[count] = {pair, kNone};
        count += count == before ? 1 : 0;
      }
      // There is room for all rows of a key.
      if (count + kMostOfAKey + kSlots >= kFound && !use_found()) return false;
    }
    return use_found();
  }

  MemoryRef memory_;
  SlotHash<K> hash_;
  PlainRows<Row> slots_;
  std::size_t buckets_ = 0;
  Rows<Row> beside_;
};

}  // namespace kindred
