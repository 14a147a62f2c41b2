// The values of each key, side by side.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"

namespace kindred {

/// Collects pairs, then gives the values of each key as one span, in the order in which they came;
/// keys in the order in which they were first seen. Used by one thread: add() all, finish() once,
/// then read.
template <class K, class V>
class GroupedRows {
 public:
  // std::vector<bool> has no spans.
  using Stored = std::conditional_t<std::is_same_v<V, bool>, unsigned char, V>;
  using StoredKey = std::conditional_t<std::is_same_v<K, bool>, unsigned char, K>;

  explicit GroupedRows(const MemoryRef& memory)
      : keys_(Accounted<StoredKey>(memory)),
        index_(memory),
        ends_(Accounted<std::size_t>(memory)),
        group_of_(Accounted<std::uint32_t>(memory)),
        values_(Accounted<Stored>(memory)),
        heap_(memory) {}

  template <class KeyView, class X>
  void add(const KeyView& key, X&& x) {
    const auto hash = key_hash(key);
    auto group = index_.find(hash, [&](std::uint32_t row) { return same_key(keys_[row], key); });
    if (group == HashIndex::kNone) {
      group = static_cast<std::uint32_t>(keys_.size());
      K owned(own(key));
      heap_.add(detail::heap_bytes_of(owned));
      keys_.push_back(std::move(owned));
      ends_.push_back(0);
      index_.insert(hash, group);
    }
    Stored value(own(std::forward<X>(x)));
    heap_.add(detail::heap_bytes_of(value));
    values_.push_back(std::move(value));
    group_of_.push_back(group);
    ++ends_[group];
  }
  /// Brings the values of each key together.
  void finish() {
    std::size_t begin = 0;
    for (auto& end : ends_) {
      const auto count = end;
      end = begin;  // for now where the group's next value goes
      begin += count;
    }
    AccountedVector<Stored> arrived(values_.size(), Stored{}, values_.get_allocator());
    arrived.swap(values_);
    for (std::size_t i = 0; i < arrived.size(); ++i)
      values_[ends_[group_of_[i]]++] = std::move(arrived[i]);
    group_of_.clear();
    group_of_.shrink_to_fit();
  }

  std::size_t size() const { return keys_.size(); }
  decltype(auto) key(std::size_t group) const {
    if constexpr (std::is_same_v<K, bool>) {
      return keys_[group] != 0;
    } else {
      return (keys_[group]);
    }
  }
  std::span<const Stored> values(std::size_t group) const {
    const auto begin = group == 0 ? 0 : ends_[group - 1];
    return {values_.data() + begin, ends_[group] - begin};
  }
  /// The group of a key; none if it was never added.
  template <class KeyView>
  std::optional<std::uint32_t> group(const KeyView& key) const {
    const auto found =
        index_.find(key_hash(key), [&](std::uint32_t row) { return same_key(keys_[row], key); });
    if (found == HashIndex::kNone) return std::nullopt;
    return found;
  }
  /// The values of a key, none if it was never added.
  template <class KeyView>
  std::span<const Stored> find(const KeyView& key) const {
    const auto found = group(key);
    return found ? values(*found) : std::span<const Stored>{};
  }

 private:
  AccountedVector<StoredKey> keys_;
  HashIndex index_;
  AccountedVector<std::size_t> ends_;        // until finish() counts, then where each group ends
  AccountedVector<std::uint32_t> group_of_;  // until finish(): the group of each value
  AccountedVector<Stored> values_;
  Reservation heap_;
};

}  // namespace kindred
