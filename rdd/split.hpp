// Splitting a text into words without allocating.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kindred/rdd/bytes_equal.hpp"

namespace kindred {

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
    iterator(std::string_view text, char delimiter)
        : rest_(text.data()),
          looked_at_(rest_),
          end_(rest_ + text.size()),
          is_short_(text.size() < kBlock),
          delimiter_(delimiter) {
      next();
    }
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
    static constexpr std::size_t kBlock = detail::kByteBlock;

    void next() {
      for (;;) {
        while (delimiters_ != 0) {
          const auto* const found = block_ + std::countr_zero(delimiters_);
          delimiters_ &= delimiters_ - 1;
          const auto* const begin = std::exchange(rest_, found + 1);
          if (begin != found) {
            word_ = std::string_view(begin, static_cast<std::size_t>(found - begin));
            return;
          }
        }
        if (looked_at_ == end_) break;
        look_on();
      }
      word_ = rest_ == end_ ? std::string_view()
                            : std::string_view(rest_, static_cast<std::size_t>(end_ - rest_));
      rest_ = end_;
    }
    // Finds the delimiters of the next bytes.
    void look_on() {
      const auto left = static_cast<std::size_t>(end_ - looked_at_);
      if (left >= kBlock) {
        block_ = looked_at_;
        delimiters_ = detail::bytes_equal(block_, delimiter_);
        looked_at_ = block_ + kBlock;
      } else if (is_short_) {
        block_ = looked_at_;
        delimiters_ = detail::bytes_equal(block_, left, delimiter_);
        looked_at_ = end_;
      } else {
        // The last 64 bytes, some of which were looked at before.
        block_ = end_ - kBlock;
        delimiters_ = detail::bytes_equal(block_, delimiter_) >> (kBlock - left) << (kBlock - left);
        looked_at_ = end_;
      }
    }

    const char* rest_ = nullptr;  // behind the last delimiter that was used
    const char* looked_at_ = nullptr;
    const char* end_ = nullptr;
    const char* block_ = nullptr;
    std::uint64_t delimiters_ = 0;  // of block_, a bit each; those that were not used yet
    std::string_view word_;
    bool is_short_ = false;
    char delimiter_ = ' ';
  };

  iterator begin() const { return {text_, delimiter_}; }
  iterator end() const { return {}; }

 private:
  std::string_view text_;
  char delimiter_;
};

}  // namespace kindred
