// Where tables of plain rows place a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kindred/engine/key.hpp"

namespace kindred {

namespace detail {

// A search that goes so far, slot after slot of a table that is half full at most, says that the
// keys are spread badly: none does by chance.
inline constexpr std::size_t kFarSearch = 128;

// An enum without an == or a hash of its user's.
template <class K>
inline constexpr bool plain_enum = std::is_enum_v<K> && !WithOwnHash<K> && !requires(const K& key) {
  operator==(key, key);
};

}  // namespace detail

/// A number for a key of which the high bits are to be used: the product with the golden ratio
/// (Knuth, The Art of Computer Programming 3, 6.4). For integers that follow each other at any
/// distance, as ids mostly do, that alone hardly lets two of them meet. There are distances for
/// which it does not hold: a table that finds its keys badly spread calls mix(), and places them
/// anew. Then, and for all other keys, the hash is multiplied instead. (Not the hash itself: its
/// own high bits are the partition's.)
template <class K>
class SlotHash {
 public:
  /// Whether it costs less than to keep it: for keys of which two are one where their numbers are.
  static constexpr bool kCheap = std::is_integral_v<K> || detail::plain_enum<K>;

  bool is_mixed() const { return mixed_; }
  void mix() { mixed_ = true; }

  std::uint64_t operator()(const K& key) const {
    constexpr std::uint64_t kGoldenRatio = 0x9e3779b97f4a7c15;
    if constexpr (kCheap) {
      if (!mixed_) return static_cast<std::uint64_t>(key) * kGoldenRatio;
    }
    return key_hash(key) * kGoldenRatio;
  }

 private:
  bool mixed_ = !kCheap;
};

}  // namespace kindred
