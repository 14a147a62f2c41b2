// A set of keys, for what must know only whether it has seen one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/stored.hpp"

namespace kindred {

/// Keys, each once, in the order in which they were first seen. Used by one thread.
template <class K>
class KeySet {
 public:
  using Stored = stored_t<K>;

  explicit KeySet(const MemoryRef& memory)
      : keys_(Accounted<Stored>(memory)), index_(memory), heap_(memory) {}

  /// Adds a key, which may be a view: it is owned when first seen. False if it was here already.
  template <class X>
  bool insert(X&& key) {
    const auto hash = key_hash(key);
    if (find(hash, key) != HashIndex::kNone) return false;
    Stored owned(own(std::forward<X>(key)));
    heap_.add(detail::heap_bytes_of(owned));
    keys_.push_back(std::move(owned));
    index_.insert(hash, static_cast<std::uint32_t>(keys_.size() - 1));
    return true;
  }
  template <class KeyView>
  bool contains(const KeyView& key) const {
    return find(key_hash(key), key) != HashIndex::kNone;
  }

  std::size_t size() const { return keys_.size(); }
  std::span<Stored> keys() { return keys_; }
  std::span<const Stored> keys() const { return keys_; }

 private:
  template <class KeyView>
  std::uint32_t find(std::uint64_t hash, const KeyView& key) const {
    return index_.find(hash, [&](std::uint32_t row) { return same_key(keys_[row], key); });
  }

  AccountedVector<Stored> keys_;
  HashIndex index_;
  Reservation heap_;
};

}  // namespace kindred
