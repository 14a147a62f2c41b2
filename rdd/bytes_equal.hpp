// Which of 64 bytes of text are a delimiter, each as a bit of a word.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#if defined(__AVX512BW__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace kindred::detail {

inline constexpr std::size_t kByteBlock = 64;

/// A bit for each of 64 bytes that is `wanted`, the lowest one for the first.
inline std::uint64_t bytes_equal(const char* text, char wanted) {
#if defined(__AVX512BW__)
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(text), _mm512_set1_epi8(wanted));
#elif defined(__SSE2__)
  const auto all = _mm_set1_epi8(wanted);
  std::uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) {
    const auto part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i * 16));
    const auto some = _mm_movemask_epi8(_mm_cmpeq_epi8(part, all));
    bits |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(some)) << (i * 16);
  }
  return bits;
#else
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kByteBlock; ++i) {
    bits |= static_cast<std::uint64_t>(text[i] == wanted) << i;
  }
  return bits;
#endif
}

/// The same for fewer bytes, behind which nothing may be read.
inline std::uint64_t bytes_equal(const char* text, std::size_t size, char wanted) {
  std::array<char, kByteBlock> copy{};
  std::memcpy(copy.data(), text, size);
  return bytes_equal(copy.data(), wanted) & ((std::uint64_t{1} << size) - 1);
}

}  // namespace kindred::detail
