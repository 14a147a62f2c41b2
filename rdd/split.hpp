// Splitting a text into words without allocating.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

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
      const auto end = rest_.find(delimiter_);
      word_ = rest_.substr(0, end);
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
