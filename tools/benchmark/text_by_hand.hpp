// How the hand-written sides read text: mapped, cut at line ends, 64 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#ifdef __AVX512BW__
#include <immintrin.h>
#endif

namespace bench {

/// A file's bytes in memory.
class MappedText {
 public:
  /// Throws std::system_error.
  explicit MappedText(const std::string& path);
  MappedText(const MappedText&) = delete;
  MappedText& operator=(const MappedText&) = delete;
  ~MappedText();

  const char* begin() const { return begin_; }
  std::size_t size() const { return size_; }

 private:
  const char* begin_ = nullptr;
  std::size_t size_ = 0;
};

/// The text from byte `from` on in `parts` of about equal size, cut at line ends.
std::vector<std::string_view> parts_of(const MappedText& text, std::size_t from, int parts);

/// Which of 64 bytes are `byte`, the first in the lowest bit.
inline std::uint64_t bytes_equal(const char* bytes, char byte) {
#ifdef __AVX512BW__
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(bytes), _mm512_set1_epi8(byte));
#else
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) mask |= std::uint64_t{bytes[i] == byte} << i;
  return mask;
#endif
}

/// Which of 64 bytes are a space or a control character.
inline std::uint64_t bytes_blank(const char* bytes) {
#ifdef __AVX512BW__
  return _mm512_cmple_epu8_mask(_mm512_loadu_si512(bytes), _mm512_set1_epi8(' '));
#else
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i) {
    mask |= std::uint64_t{static_cast<unsigned char>(bytes[i]) <= ' '} << i;
  }
  return mask;
#endif
}

}  // namespace bench
