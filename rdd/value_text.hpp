// Values as text: how an element stands in a line of a text file.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <locale>
#include <ostream>
#include <streambuf>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "kindred/engine/key.hpp"

namespace kindred::detail {

/// A number as text that reads back as the same number, and is the shortest one that does.
class NumberText {
 public:
  explicit NumberText(std::int64_t value);
  explicit NumberText(std::uint64_t value);
  explicit NumberText(float value);
  explicit NumberText(double value);
  explicit NumberText(long double value);
  std::string_view view() const { return {chars_.data(), size_}; }

 private:
  template <class T>
  void print(T value);

  std::array<char, 64> chars_;
  std::size_t size_ = 0;
};

template <class T>
concept Streamed = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept WithToString = requires(const T& value) {
  { to_string(value) } -> std::convertible_to<std::string_view>;
};
template <class T>
concept OptionalLike = requires(const T& value) {
  { value.has_value() } -> std::convertible_to<bool>;
  *value;
};
template <class T>
concept RangeLike = requires(const T& value) {
  value.begin();
  value.end();
};
template <class T>
concept TupleLike = requires {
  std::tuple_size<T>::value;
};

template <class T>
constexpr bool has_text();

template <class T, std::size_t... I>
constexpr bool parts_have_text(std::index_sequence<I...>) {
  return (has_text<std::remove_cvref_t<std::tuple_element_t<I, T>>>() && ...);
}

template <class... T>
constexpr bool alternatives_have_text(const std::variant<T...>*) {
  return (has_text<T>() && ...);
}

/// Whether append_value() and show() take a T.
template <class T>
constexpr bool has_text() {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || Streamed<T> || WithToString<T> ||
                std::is_convertible_v<const T&, std::string_view> ||
                std::is_same_v<T, std::monostate>) {
    return true;
  } else if constexpr (is_variant<T>) {
    return alternatives_have_text(static_cast<const T*>(nullptr));
  } else if constexpr (OptionalLike<T>) {
    return has_text<std::remove_cvref_t<decltype(*std::declval<const T&>())>>();
  } else if constexpr (RangeLike<T>) {
    return has_text<typename T::value_type>();
  } else if constexpr (TupleLike<T>) {
    return parts_have_text<T>(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    return false;
  }
}

/// Appends what is streamed to a text.
template <class Text>
class AppendStream final : public std::streambuf {
 public:
  explicit AppendStream(Text& out) : out_(out) {}

 private:
  int_type overflow(int_type c) override {
    if (c != traits_type::eof()) out_.push_back(static_cast<char>(c));
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    out_.append(text, static_cast<std::size_t>(size));
    return size;
  }
  Text& out_;
};

template <class Text, class T>
void append_value(Text& out, const T& value);

template <class Text, class T>
void append_streamed(Text& out, const T& value) {
  AppendStream<Text> buffer(out);
  std::ostream stream(&buffer);
  stream.imbue(std::locale::classic());  // a program's locale must not change what is written
  stream.exceptions(std::ios::badbit | std::ios::failbit);
  stream << value;
}

template <class Text, class T>
void append_number(Text& out, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.append(value ? "true" : "false");
  } else if constexpr (std::is_same_v<T, char>) {
    out.push_back(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    out.append(NumberText(value).view());
  } else if constexpr (std::is_signed_v<T>) {
    out.append(NumberText(static_cast<std::int64_t>(value)).view());
  } else {
    out.append(NumberText(static_cast<std::uint64_t>(value)).view());
  }
}

/// Appends a value: texts as they are; numbers by NumberText; types with an operator<< or a
/// to_string() by that; pairs and tuples as (a,b), ranges as [a,b], an empty optional as nothing, a
/// variant as what it holds, and other enums as their number.
template <class Text, class T>
void append_value(Text& out, const T& value) {
  if constexpr (std::is_arithmetic_v<T>) {
    append_number(out, value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out.append(std::string_view(value));
  } else if constexpr (Streamed<T>) {
    append_streamed(out, value);
  } else if constexpr (WithToString<T>) {
    const auto& text = to_string(value);
    out.append(std::string_view(text));
  } else if constexpr (std::is_enum_v<T>) {
    append_number(out, +static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (is_variant<T>) {
    std::visit([&](const auto& held) { append_value(out, held); }, value);
  } else if constexpr (OptionalLike<T>) {
    if (value.has_value()) append_value(out, *value);
  } else if constexpr (RangeLike<T>) {
    out.push_back('[');
    bool first = true;
    for (const auto& element : value) {
      if (!std::exchange(first, false)) out.push_back(',');
      append_value<Text, typename T::value_type>(out, element);
    }
    out.push_back(']');
  } else if constexpr (!std::is_same_v<T, std::monostate>) {
    out.push_back('(');
    std::apply(
        [&](const auto&... part) {
          bool first = true;
          ((std::exchange(first, false) ? void() : out.push_back(','), append_value(out, part)),
           ...);
        },
        value);
    out.push_back(')');
  }
}

}  // namespace kindred::detail
