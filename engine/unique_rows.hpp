// The one row of each key, for rows of which no two have the same key.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "kindred/engine/inline_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/rows.hpp"

namespace kindred {

/// Finds plain rows by their keys. Linear probing over slots that are the rows themselves, so that
/// a key costs one look into memory. The key K{} marks an empty slot; its own row lies beside the
/// slots. Used by one thread: fill() once, then read.
template <class K, class V>
class UniqueRows {
 public:
  using Row = std::pair<K, V>;
  static_assert(inline_rows<K, V, V>);

  explicit UniqueRows(MemoryRef memory) : memory_(memory), slots_(0, std::move(memory)) {}

  /// Takes all rows. False where two of them have the same key: then there is nothing to find.
  bool fill(const Rows<Row>& rows) {
    const auto size = 2 * rows.size() + 1;
    slots_ = PlainRows<Row>(size, memory_);
    std::uninitialized_fill_n(slots_.data(), size, Row{});
    const auto insert_all = [&](std::span<const Row> block, const Hashes& hashes) {
      for (std::size_t i = 0; i < block.size(); ++i) {
        if (!insert(hashes[i], block[i])) return false;
      }
      return true;
    };
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      if (!in_blocks(rows.chunk(i), insert_all)) {
        slots_ = PlainRows<Row>(0, memory_);
        return false;
      }
    }
    return true;
  }

  /// The value of a key, null if it has none. After a fill() that gave true.
  const V* find(std::uint64_t hash, const K& key) const {
    if (is_marker(key)) return has_beside_ ? &beside_.second : nullptr;
    const auto& slot = slots_.data()[place_of(hash, key)];
    return is_marker(slot.first) ? nullptr : &slot.second;
  }
  /// Calls `use(row, value)` for each of many pairs with what find() gives for its key; the slots
  /// of many are fetched from memory at a time. Stops, and returns false, when `use` does.
  template <class Pair, class Use>
  bool find_all(std::span<const Pair> pairs, const Use& use) const {
    std::array<const V*, kBlock> found;
    return in_blocks(pairs, [&](std::span<const Pair> block, const Hashes& hashes) {
      for (std::size_t i = 0; i < block.size(); ++i) found[i] = find(hashes[i], block[i].first);
      for (std::size_t i = 0; i < block.size(); ++i) {
        if (!use(block[i], found[i])) return false;
      }
      return true;
    });
  }

 private:
  static constexpr std::size_t kBlock = 64;
  using Hashes = std::array<std::uint64_t, kBlock>;

  // Calls `use(block, hashes)` for a few pairs at a time, whose slots are on their way from memory.
  template <class Pair, class Use>
  bool in_blocks(std::span<const Pair> pairs, const Use& use) const {
    Hashes hashes;
    for (std::size_t begin = 0; begin < pairs.size(); begin += kBlock) {
      const auto block = pairs.subspan(begin, std::min(kBlock, pairs.size() - begin));
      for (std::size_t i = 0; i < block.size(); ++i) {
        hashes[i] = key_hash(block[i].first);
        __builtin_prefetch(slots_.data() + first_place(hashes[i]), 1);
      }
      if (!use(block, hashes)) return false;
    }
    return true;
  }
  static bool is_marker(const K& key) { return same_key(key, K{}); }
  // By the low half of the hash: the high one is about the same for all rows of a partition.
  std::size_t first_place(std::uint64_t hash) const {
    return ((hash & 0xffffffff) * slots_.rows().size()) >> 32;
  }
  // Where the key is, or else the empty slot for it.
  std::size_t place_of(std::uint64_t hash, const K& key) const {
    auto at = first_place(hash);
    while (!is_marker(slots_.data()[at].first) && !same_key(slots_.data()[at].first, key)) {
      if (++at == slots_.rows().size()) at = 0;
    }
    return at;
  }
  bool insert(std::uint64_t hash, const Row& row) {
    if (is_marker(row.first)) {
      beside_ = row;
      return !std::exchange(has_beside_, true);
    }
    auto& slot = slots_.data()[place_of(hash, row.first)];
    if (!is_marker(slot.first)) return false;
    slot = row;
    return true;
  }

  MemoryRef memory_;
  PlainRows<Row> slots_;
  Row beside_{};
  bool has_beside_ = false;
};

}  // namespace kindred
