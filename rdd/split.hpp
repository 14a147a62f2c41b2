// Splitting a text into words without allocating.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "kindred/engine/text_hash.hpp"

namespace kindred {

namespace detail {

/// The place of a byte in a text, or the text's size. Eight bytes at a time at first: most words
/// are short, and a call into the library for each costs more than it saves.
inline std::size_t find_byte(std::string_view text, char byte) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::size_t kMost = 32;
  const auto pattern = kOnes * static_cast<unsigned char>(byte);
  std::size_t at = 0;
  for (; at + 8 <= text.size() && at < kMost; at += 8) {
    const auto zero_where_found = word_at<std::uint64_t>(text.data() + at) ^ pattern;
    const auto found = (zero_where_found - kOnes) & ~zero_where_found & kHighBits;
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  if (at == kMost) {
    const auto rest = text.substr(at).find(byte);
    return rest == text.npos ? text.size() : at + rest;
  }
  while (at < text.size() && text[at] != byte) ++at;
  return at;
}

}  // namespace detail

/// The non-empty parts of a text between delimiters, as a range of views of it.
///     for (std::string_view word : kindred::split(line)) ...
class split {
 public:
  explicit split(std::string_view text, char delimiter = ' ')
      : text_(text), delimiter_(delimiter) {}
  /// Of a temporary string the views would outlive it.
  template <class Text>
  requires(std::is_same_v<Text, std::string>) explicit split(Text&&, char = ' ') = delete;

  class iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;

    iterator() = default;
    iterator(std::string_view rest, char delimiter) : rest_(rest), delimiter_(delimiter) { next(); }
    std::string_view operator*() const { return word_; }
    iterator& operator++() {
      next();
      return *this;
    }
    iterator operator++(int) {
      auto before = *this;
      next();
      return before;
    }
    friend bool operator==(const iterator& a, const iterator& b) {
      return a.word_.data() == b.word_.data();
    }

   private:
    void next() {
      const auto begin = rest_.find_first_not_of(delimiter_);
      if (begin == rest_.npos) {
        word_ = {};
        return;
      }
      rest_.remove_prefix(begin);
      word_ = rest_.substr(0, detail::find_byte(rest_, delimiter_));
      rest_.remove_prefix(word_.size());
    }

    std::string_view rest_;
    std::string_view word_;
    char delimiter_ = ' ';
  };

  iterator begin() const { return {text_, delimiter_}; }
  iterator end() const { return {}; }

 private:
  std::string_view text_;
  char delimiter_;
};

}  // namespace kindred
