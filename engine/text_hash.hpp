// The hash of a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kindred::detail {

template <class Word>
Word word_at(const char* at) {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

struct Product {
  std::uint64_t low;
  std::uint64_t high;
};
inline Product product(std::uint64_t a, std::uint64_t b) {
  __extension__ typedef unsigned __int128 Wide;
  const auto all = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(all), static_cast<std::uint64_t>(all >> 64)};
}
inline std::uint64_t folded_product(std::uint64_t a, std::uint64_t b) {
  const auto [low, high] = product(a, b);
  return low ^ high;
}

/// Sixteen bytes a multiplication, the way of wyhash: most keys are short, and std::hash is a call
/// into the library that goes byte by byte at their end. All bits are well spread.
inline std::uint64_t text_hash(std::string_view text) {
  constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;
  constexpr std::uint64_t kSecond = 0xd6e8feb86659fd93;
  const char* at = text.data();
  auto left = text.size();
  auto all = kFirst ^ left;
  for (; left > 16; left -= 16, at += 16) {
    all =
        folded_product(word_at<std::uint64_t>(at) ^ kSecond, word_at<std::uint64_t>(at + 8) ^ all);
  }
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  if (left >= 8) {
    a = word_at<std::uint64_t>(at);
    b = word_at<std::uint64_t>(at + left - 8);
  } else if (left >= 4) {
    // In both halves: the product of two short numbers would keep much of their order.
    constexpr std::uint64_t kBothHalves = 0x1'0000'0001;
    a = word_at<std::uint32_t>(at) * kBothHalves;
    b = word_at<std::uint32_t>(at + left - 4) * kBothHalves;
  } else if (left > 0) {
    const auto byte = [at](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(at[i])};
    };
    a = byte(0) << 16 | byte(left / 2) << 8 | byte(left - 1);
  }
  // Folding the first product would let some texts meet in one hash.
  const auto [low, high] = product(a ^ kSecond, b ^ all);
  return folded_product(low ^ kFirst, high ^ kSecond);
}

}  // namespace kindred::detail
