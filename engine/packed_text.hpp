// A short text in three words, which a table compares and hashes at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#endif

#include "kindred/engine/inline_rows.hpp"
#include "kindred/engine/slot_hash.hpp"
#include "kindred/engine/text_hash.hpp"

namespace kindred {

/// A text of at most kMost bytes. PackedText{} is the empty one.
struct PackedText {
  static constexpr std::size_t kMost = 23;

  // The bytes, zeros up to kMost, and the size in the last byte.
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t third = 0;

  static bool fits(std::string_view text) { return text.size() <= kMost; }
  static PackedText of(std::string_view text) {
    const auto size = std::uint64_t{text.size()};
    const auto end = size << 56;
#if defined(__AVX512BW__) && defined(__AVX512VL__)
    // Without a branch for each kind of size, which would often be mispredicted.
    const auto bytes =
        _mm256_maskz_loadu_epi8(static_cast<__mmask32>((1u << size) - 1), text.data());
    const auto upper = _mm256_castsi256_si128(bytes);
    return {static_cast<std::uint64_t>(_mm_cvtsi128_si64(upper)),
            static_cast<std::uint64_t>(_mm_extract_epi64(upper, 1)),
            static_cast<std::uint64_t>(_mm256_extract_epi64(bytes, 2)) | end};
#else
    using detail::word_at;
    const char* const at = text.data();
    // Words are read as a whole, so that they may overlap.
    if (size >= 8) {
      const auto first = word_at<std::uint64_t>(at);
      const auto last = word_at<std::uint64_t>(at + size - 8);
      if (size == 8) return {first, 0, end};
      if (size <= 16) return {first, last >> (8 * (16 - size)), end};
      return {first, word_at<std::uint64_t>(at + 8), end | last >> (8 * (24 - size))};
    }
    if (size >= 4) {
      const auto last = std::uint64_t{word_at<std::uint32_t>(at + size - 4)};
      return {word_at<std::uint32_t>(at) | last << (8 * (size - 4)), 0, end};
    }
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < size; ++i) {
      bytes |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    }
    return {bytes, 0, end};
#endif
  }

  std::size_t size() const { return third >> 56; }
  /// Writes the text into `room`, of which it gives the used part.
  std::string_view unpack(std::span<char, kMost + 1> room) const {
    std::memcpy(room.data(), this, room.size());
    return {room.data(), size()};
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
