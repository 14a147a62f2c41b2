// Keys that wait in the batch of a table while their places are fetched from memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kindred/engine/bitwise.hpp"

namespace kindred::detail {

/// A key of type K that need not stay where it came from. One that is as it is: it always fits.
template <class K>
class WaitingKey {
 public:
  static bool fits(const K&) { return true; }
  void set(const K& key) { key_ = key; }
  const K& get() const { return key_; }

 private:
  K key_;
};

/// A short text, copied.
template <>
class WaitingKey<std::string> {
 public:
  static bool fits(std::string_view text) { return text.size() <= kMost; }
  void set(std::string_view text) {
    size_ = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), text_.begin());
  }
  std::string_view get() const { return {text_.data(), size_}; }

 private:
  static constexpr std::size_t kMost = 63;
  std::array<char, kMost> text_;
  std::uint8_t size_;
};

/// Whether keys of this type may wait.
template <class K>
inline constexpr bool can_wait = (bitwise<K> && sizeof(K) <= 64);
template <>
inline constexpr bool can_wait<std::string> = true;

}  // namespace kindred::detail
