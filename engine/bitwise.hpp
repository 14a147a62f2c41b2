// Which values may be copied as raw bytes.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace kindred {

template <class T>
inline constexpr bool bitwise = false;

namespace detail {

// Stands for any field in a braced list. That the conversion is there for each type matters:
// without it the compiler would take the field's own fields from the list instead, and leave out
// the last of them.
struct AnyField {
  template <class T>
  operator T() const noexcept(bitwise<T>);  // NOLINT: must be implicit
};

template <class T, std::size_t... I>
constexpr bool braced_from(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), AnyField{})...}; };
}

template <class T, std::size_t n = 1>
constexpr std::size_t field_count() {
  constexpr std::size_t kMost = 64;
  if constexpr (n > kMost) {
    return 0;
  } else if constexpr (braced_from<T>(std::make_index_sequence<n>{})) {
    return field_count<T, n + 1>();
  } else {
    return n - 1;
  }
}

template <class T, std::size_t... I>
constexpr bool each_field_bitwise(std::index_sequence<I...>) {
  return noexcept(T{(static_cast<void>(I), AnyField{})...});
}

// A struct with a reference or a constant in it cannot be assigned. One with a pair in it is not
// trivially copyable, but trivial to construct from another.
template <class T>
constexpr bool bitwise_fields() {
  if constexpr (!std::is_aggregate_v<T> || !std::is_trivially_copy_constructible_v<T> ||
                !std::is_copy_assignable_v<T> || std::is_empty_v<T>) {
    return false;
  } else {
    constexpr auto n = field_count<T>();
    if constexpr (n == 0) {
      return false;
    } else {
      return each_field_bitwise<T>(std::make_index_sequence<n>{});
    }
  }
}

}  // namespace detail

/// True for types whose bytes are their value: arithmetic types and enums; arrays, pairs and tuples
/// of such; structs without constructors whose fields all are. Not std::is_trivially_copyable: a
/// pair of ints is not, and a struct that holds a string_view is. Specialise it for a class of your
/// own that qualifies:
///     template <> inline constexpr bool kindred::bitwise<Point> = true;
template <class T>
requires(std::is_arithmetic_v<T> || std::is_enum_v<T>) inline constexpr bool bitwise<T> = true;
template <class T, std::size_t n>
inline constexpr bool bitwise<T[n]> = bitwise<T>;
template <class T, std::size_t n>
inline constexpr bool bitwise<std::array<T, n>> = bitwise<T>;
template <class A, class B>
inline constexpr bool bitwise<std::pair<A, B>> = bitwise<A>&& bitwise<B>;
template <class... T>
inline constexpr bool bitwise<std::tuple<T...>> = (bitwise<T> && ...);
template <class T>
requires(std::is_class_v<T>&& std::is_aggregate_v<T>) inline constexpr bool bitwise<T> =
    detail::bitwise_fields<T>();

}  // namespace kindred
