// 64 bytes of text at a time, each as a bit of a word: how delimiters are found.
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

/// 64 bytes of text.
class ByteBlock {
 public:
  static constexpr std::size_t kSize = 64;

#if defined(__AVX512BW__)
  explicit ByteBlock(const char* text) : bytes_(_mm512_loadu_si512(text)) {}
  /// A bit for each byte that is `wanted`, the lowest one for the first.
  std::uint64_t equal(char wanted) const {
    return _mm512_cmpeq_epi8_mask(bytes_, _mm512_set1_epi8(wanted));
  }

 private:
  __m512i bytes_;
#elif defined(__SSE2__)
  explicit ByteBlock(const char* text) {
    for (int i = 0; i < 4; ++i) {
      parts_[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i * 16));
    }
  }
  std::uint64_t equal(char wanted) const {
    const auto all = _mm_set1_epi8(wanted);
    std::uint64_t bits = 0;
    for (int i = 0; i < 4; ++i) {
      const auto some = _mm_movemask_epi8(_mm_cmpeq_epi8(parts_[i], all));
      bits |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(some)) << (i * 16);
    }
    return bits;
  }

 private:
  __m128i parts_[4];
#else
  explicit ByteBlock(const char* text) : text_(text) {}
  std::uint64_t equal(char wanted) const {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kSize; ++i) {
      bits |= static_cast<std::uint64_t>(text_[i] == wanted) << i;
    }
    return bits;
  }

 private:
  const char* text_;
#endif
};

/// The same for a text of fewer bytes, behind which nothing may be read.
inline std::uint64_t bytes_equal(const char* text, std::size_t size, char wanted) {
  std::array<char, ByteBlock::kSize> copy{};
  std::memcpy(copy.data(), text, size);
  return ByteBlock(copy.data()).equal(wanted) & ((std::uint64_t{1} << size) - 1);
}

}  // namespace kindred::detail
