// The values of each key, side by side.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/plain_rows.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/stored.hpp"

namespace kindred {

/// Collects pairs, then gives the values of each key as one span, in the order in which they came;
/// keys in the order in which they were first seen. Used by one thread: add() all, finish() once,
/// then read.
template <class K, class V>
class GroupedRows {
 public:
  using Stored = stored_t<V>;
  using StoredKey = stored_t<K>;
  /// Whether a row's bytes are its value.
  static constexpr bool kPlain = bitwise<K> && bitwise<V> && sizeof(K) + sizeof(V) <= 64;

  explicit GroupedRows(const MemoryRef& memory)
      : groups_(Accounted<Group>(memory)),
        index_(memory),
        arrived_(empty_arrived(memory)),
        values_(empty_values(memory)),
        heap_(memory) {}

  template <class KeyView, class X>
  void add(const KeyView& key, X&& x) {
    add_hashed(key_hash(key), key, std::forward<X>(x));
  }
  /// Adds many rows, in their order, while what they need is fetched from memory.
  void add_rows(std::span<const std::pair<K, V>> rows) {
    in_blocks(rows, [&](std::uint64_t hash, const std::pair<K, V>& row) {
      add_hashed(hash, pass(row.first), pass(row.second));
      return true;
    });
  }
  /// Brings the values of each key together.
  void finish() {
    std::size_t begin = 0;
    for (auto& group : groups_) {
      const auto count = group.end;
      group.end = begin;  // for now where the group's next value goes
      begin += count;
    }
    place_values();
  }

  std::size_t size() const { return groups_.size(); }
  decltype(auto) key(std::size_t group) const {
    if constexpr (std::is_same_v<K, bool>) {
      return groups_[group].key != 0;
    } else {
      return (groups_[group].key);
    }
  }
  std::span<const Stored> values(std::size_t group) const {
    const auto begin = group == 0 ? 0 : groups_[group - 1].end;
    return {values_.data() + begin, groups_[group].end - begin};
  }
  /// The group of a key; none if it was never added.
  template <class KeyView>
  std::optional<std::uint32_t> group(const KeyView& key) const {
    return group(key_hash(key), key);
  }
  template <class KeyView>
  std::optional<std::uint32_t> group(std::uint64_t hash, const KeyView& key) const {
    const auto found = find_group(hash, key);
    if (found == HashIndex::kNone) return std::nullopt;
    return found;
  }
  /// Calls `use(hash, row)` for each of many pairs, by whose keys it will ask for groups, while
  /// these are fetched from memory. Stops, and returns false, when `use` does.
  template <class Row, class Use>
  bool in_blocks(std::span<const Row> rows, const Use& use) const {
    std::array<std::uint64_t, kBlock> hashes;
    for (std::size_t begin = 0; begin < rows.size(); begin += kBlock) {
      const auto block = rows.subspan(begin, std::min(kBlock, rows.size() - begin));
      for (std::size_t i = 0; i < block.size(); ++i) {
        hashes[i] = key_hash(block[i].first);
        index_.prefetch(hashes[i]);
      }
      for (std::size_t i = 0; i < block.size(); ++i) prefetch_group(hashes[i]);
      if (values_.data() != nullptr) {
        for (std::size_t i = 0; i < block.size(); ++i) prefetch_values(hashes[i]);
      }
      for (std::size_t i = 0; i < block.size(); ++i) {
        if (!use(hashes[i], block[i])) return false;
      }
    }
    return true;
  }
  /// The values of a key, none if it was never added.
  template <class KeyView>
  std::span<const Stored> find(const KeyView& key) const {
    const auto found = group(key);
    return found ? values(*found) : std::span<const Stored>{};
  }

 private:
  static constexpr std::size_t kBlock = 64;

  struct Group {
    StoredKey key;
    std::size_t end;  // until finish() how many values it has, then where they end
  };
  // Each value with its group, in the order in which they came. Growing Rows copies nothing; of
  // rows with a heap the bytes would be counted twice while they move.
  using Arrived = std::pair<Stored, std::uint32_t>;
  using ArrivedRows = std::conditional_t<kPlain, Rows<Arrived>, AccountedVector<Arrived>>;
  using Values = std::conditional_t<kPlain, PlainRows<Stored>, AccountedVector<Stored>>;

  static ArrivedRows empty_arrived(const MemoryRef& memory) {
    if constexpr (kPlain) {
      return ArrivedRows(memory);
    } else {
      return ArrivedRows(Accounted<Arrived>(memory));
    }
  }
  static Values empty_values(const MemoryRef& memory) {
    if constexpr (kPlain) {
      return Values(0, memory);
    } else {
      return Values(Accounted<Stored>(memory));
    }
  }

  template <class KeyView>
  std::uint32_t find_group(std::uint64_t hash, const KeyView& key) const {
    return index_.find(hash,
                       [&](std::uint32_t group) { return same_key(groups_[group].key, key); });
  }
  template <class KeyView, class X>
  void add_hashed(std::uint64_t hash, const KeyView& key, X&& x) {
    auto group = find_group(hash, key);
    if (group == HashIndex::kNone) {
      group = static_cast<std::uint32_t>(groups_.size());
      K owned(own(key));
      heap_.add(detail::heap_bytes_of(owned));
      groups_.push_back({std::move(owned), 0});
      index_.insert(hash, group);
    }
    ++groups_[group].end;
    Stored value(own(std::forward<X>(x)));
    if constexpr (kPlain) {
      arrived_.push({value, group});
    } else {
      heap_.add(detail::heap_bytes_of(value));
      arrived_.emplace_back(std::move(value), group);
    }
  }
  void prefetch_group(std::uint64_t hash) const {
    if (index_.empty()) return;
    const auto group = index_.likely(hash);
    if (group != HashIndex::kNone) __builtin_prefetch(groups_.data() + group, 1);
  }

  // Reads the group itself.
  void prefetch_values(std::uint64_t hash) const {
    const auto group = index_.likely(hash);
    if (group != HashIndex::kNone) __builtin_prefetch(values(group).data());
  }

  void place_values() {
    const auto memory = groups_.get_allocator().memory();
    if constexpr (kPlain) {
      values_ = Values(arrived_.size(), memory);
      auto* const values = values_.data();
      for (std::size_t chunk = 0; chunk < arrived_.chunks(); ++chunk) {
        for (const auto& [value, group] : arrived_.chunk(chunk)) {
          values[groups_[group].end++] = value;
        }
      }
    } else {
      values_.resize(arrived_.size());
      for (auto& [value, group] : arrived_) values_[groups_[group].end++] = std::move(value);
    }
    arrived_ = empty_arrived(memory);
  }

  AccountedVector<Group> groups_;  // in the order in which their keys were first seen
  HashIndex index_;
  ArrivedRows arrived_;  // until finish()
  Values values_;        // from then on
  Reservation heap_;
};

}  // namespace kindred
