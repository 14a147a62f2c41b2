// A short text in three words, which a table compares and hashes at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "kindred/engine/inline_table.hpp"
#include "kindred/engine/slot_hash.hpp"
#include "kindred/engine/text_hash.hpp"

namespace kindred {

/// A text of at most kMost bytes. PackedText{} is the empty one.
struct PackedText {
  static constexpr std::size_t kMost = 23;

  // The first eight bytes (four of a shorter text and, above them, its last four), the second eight
  // (the last eight of a text that has not as many), and the seven last of an even longer one below
  // the size. Each word is read at once, so that they may overlap.
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t third = 0;

  static bool fits(std::string_view text) { return text.size() <= kMost; }
  static PackedText of(std::string_view text) {
    using detail::word_at;
    const char* const at = text.data();
    const auto size = std::uint64_t{text.size()};
    const auto end = size << 56;
    if (size >= 8) {
      const auto last = word_at<std::uint64_t>(at + size - 8);
      if (size <= 16) return {word_at<std::uint64_t>(at), last, end};
      return {word_at<std::uint64_t>(at), word_at<std::uint64_t>(at + 8), end | last >> 8};
    }
    if (size >= 4) {
      return {
          word_at<std::uint32_t>(at) | std::uint64_t{word_at<std::uint32_t>(at + size - 4)} << 32,
          0, end};
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size; ++i) {
      bytes |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    }
    return {bytes, 0, end};
  }

  std::size_t size() const { return third >> 56; }
  /// Writes the text into `room`, of which it gives the used part.
  std::string_view unpack(std::span<char, kMost + 1> room) const {
    char* const at = room.data();
    const auto length = size();
    if (length >= 8) {
      const auto last = third << 8;
      if (length > 16) std::memcpy(at + length - 8, &last, 8);
      std::memcpy(at + (length > 16 ? 8 : length - 8), &second, 8);
      std::memcpy(at, &first, 8);
    } else if (length >= 4) {
      const auto last = static_cast<std::uint32_t>(first >> 32);
      std::memcpy(at + length - 4, &last, 4);
      std::memcpy(at, &first, 4);
    } else {
      std::memcpy(at, &first, 3);
    }
    return {at, length};
  }

  friend bool operator==(const PackedText& a, const PackedText& b) {
    return ((a.first ^ b.first) | (a.second ^ b.second) | (a.third ^ b.third)) == 0;
  }
};

template <>
class SlotHash<PackedText> {
 public:
  static constexpr bool kCheap = false;
  static constexpr bool is_mixed() { return true; }
  void mix() {}

  std::uint64_t operator()(const PackedText& text) const {
    constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;
    constexpr std::uint64_t kSecond = 0xd6e8feb86659fd93;
    const auto half = detail::folded_product(text.first ^ kFirst, text.second ^ kSecond);
    return detail::folded_product(half ^ text.third, kFirst);
  }
};

template <>
inline constexpr bool detail::marker_key<PackedText> = true;

}  // namespace kindred
