// Owned and passed types: an Rdd<std::string> hands std::string_view down its chain and owns
// std::string where elements come to rest (collect, cache, shuffle).
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/bitwise.hpp"

namespace kindred {

namespace detail {

template <class T>
struct Owned {
  using type = T;
};
template <>
struct Owned<std::string_view> {
  using type = std::string;
};
template <>
struct Owned<const char*> {
  using type = std::string;
};
template <std::size_t n>
struct Owned<char[n]> {
  using type = std::string;
};
// What std::vector<bool> gives for one of its bits.
template <>
struct Owned<std::vector<bool>::reference> {
  using type = bool;
};
template <class T, std::size_t n>
struct Owned<std::span<T, n>> {
  using type = std::vector<typename Owned<std::remove_const_t<T>>::type>;
};
template <class T>
struct Owned<std::vector<T>> {
  using type = std::vector<typename Owned<T>::type>;
};
template <class T>
struct Owned<std::optional<T>> {
  using type = std::optional<typename Owned<T>::type>;
};
template <class T, std::size_t n>
struct Owned<std::array<T, n>> {
  using type = std::array<typename Owned<T>::type, n>;
};
template <class A, class B>
struct Owned<std::pair<A, B>> {
  using type = std::pair<typename Owned<std::remove_cvref_t<A>>::type,
                         typename Owned<std::remove_cvref_t<B>>::type>;
};
template <class... T>
struct Owned<std::tuple<T...>> {
  using type = std::tuple<typename Owned<std::remove_cvref_t<T>>::type...>;
};

}  // namespace detail

/// What an element of a passed type is once it comes to rest: string for string_view, vector for
/// span, pairs, tuples, arrays, optionals and vectors by element, the type itself for the rest.
template <class T>
using owned_t = typename detail::Owned<std::remove_cvref_t<T>>::type;

namespace detail {

// How a type at rest is handed down a chain. `is_view` where that is not a reference to the object
// itself.
template <class T>
struct Passed {
  using type = T;
  static constexpr bool is_view = false;
  static constexpr bool in_pair = bitwise<T>;  // may be copied into a pair of views
};
template <>
struct Passed<std::string> {
  using type = std::string_view;
  static constexpr bool is_view = true;
  static constexpr bool in_pair = true;
};
template <class T>
requires(!std::same_as<T, bool>) struct Passed<std::vector<T>> {
  using type = std::span<const T>;
  static constexpr bool is_view = true;
  static constexpr bool in_pair = true;
};
template <class T>
struct Passed<std::optional<T>> {
  using type = std::optional<T>;
  static constexpr bool is_view = false;
  static constexpr bool in_pair = bitwise<T>;
};
template <class A, class B>
struct Passed<std::pair<A, B>> {
  static constexpr bool in_pair = Passed<A>::in_pair && Passed<B>::in_pair;
  static constexpr bool is_view = in_pair && (Passed<A>::is_view || Passed<B>::is_view);
  using type =
      std::conditional_t<is_view, std::pair<typename Passed<A>::type, typename Passed<B>::type>,
                         std::pair<A, B>>;
};
template <class... T>
struct Passed<std::tuple<T...>> {
  static constexpr bool in_pair = (Passed<T>::in_pair && ...);
  static constexpr bool is_view = in_pair && (Passed<T>::is_view || ...);
  using type =
      std::conditional_t<is_view, std::tuple<typename Passed<T>::type...>, std::tuple<T...>>;
};

}  // namespace detail

/// What a chain hands down for a row at rest of type T: a view of it, or T itself.
template <class T>
using passed_t = typename detail::Passed<T>::type;

/// True where passed_t<T> is a view of a T (to be taken while the T lives) and not a T.
template <class T>
inline constexpr bool passed_as_view = detail::Passed<T>::is_view;

/// A row at rest as a chain hands it down: a view, or a reference to the row itself.
template <class T>
decltype(auto) pass(const T& row) {
  if constexpr (!passed_as_view<T>) {
    return row;
  } else if constexpr (requires { row.second; }) {
    return passed_t<T>(pass(row.first), pass(row.second));
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    return std::apply([](const auto&... part) { return passed_t<T>(pass(part)...); }, row);
  } else {
    return passed_t<T>(row);
  }
}

/// An owned copy of what a chain handed down; moves where it was handed down as a temporary.
template <class X>
owned_t<X> own(X&& x) {
  using T = owned_t<X>;
  if constexpr (std::same_as<T, std::remove_cvref_t<X>>) {
    return std::forward<X>(x);
  } else if constexpr (requires { x.first; }) {
    return T(own(std::forward<X>(x).first), own(std::forward<X>(x).second));
  } else if constexpr (requires { std::tuple_size<std::remove_cvref_t<X>>::value; }) {
    return std::apply([](auto&&... part) { return T{own(std::forward<decltype(part)>(part))...}; },
                      std::forward<X>(x));
  } else if constexpr (requires { x.has_value(); }) {
    return x.has_value() ? T(own(*std::forward<X>(x))) : T();
  } else if constexpr (std::same_as<T, std::string>) {
    return T(x);
  } else if constexpr (requires(const typename T::value_type* at) { at = x.data(); }) {
    return T(x.begin(), x.end());  // at once, where the elements are at rest already
  } else if constexpr (requires { x.begin(); }) {
    T owned;
    owned.reserve(x.size());
    for (const auto& element : x) owned.push_back(own(element));
    return owned;
  } else {
    return T(x);
  }
}

/// The bytes that a value at rest holds beside its own sizeof. Open to user types:
///     std::size_t heap_bytes(const Page& page) { return page.text.capacity(); }
template <class T>
requires(bitwise<T>) constexpr std::size_t heap_bytes(const T&) { return 0; }
inline std::size_t heap_bytes(const std::vector<bool>& bits) { return bits.capacity() / 8; }
inline std::size_t heap_bytes(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 1 : 0;
}
template <class A, class B>
requires(!bitwise<std::pair<A, B>>) std::size_t heap_bytes(const std::pair<A, B>& pair);
template <class... T>
requires(!bitwise<std::tuple<T...>>) std::size_t heap_bytes(const std::tuple<T...>& tuple);
template <class T>
std::size_t heap_bytes(const std::vector<T>& values);
template <class T, std::size_t n>
requires(!bitwise<T>) std::size_t heap_bytes(const std::array<T, n>& values);
template <class T>
std::size_t heap_bytes(const std::optional<T>& value);

namespace detail {

// A user type without heap_bytes counts as its sizeof alone.
template <class T>
std::size_t heap_bytes_of(const T& value) {
  if constexpr (requires { heap_bytes(value); }) {
    return heap_bytes(value);
  } else {
    return 0;
  }
}

// Whether heap_bytes() looks at a fixed number of places, however large the value is; of a user's
// own one that is not known.
template <class T>
inline constexpr bool heap_known_at_once = bitwise<T> || !requires(const T& value) {
  heap_bytes(value);
};
template <>
inline constexpr bool heap_known_at_once<std::string> = true;
template <class T>
inline constexpr bool heap_known_at_once<std::vector<T>> = bitwise<T>;
template <class T>
inline constexpr bool heap_known_at_once<std::optional<T>> = heap_known_at_once<T>;
template <class T, std::size_t n>
inline constexpr bool heap_known_at_once<std::array<T, n>> = heap_known_at_once<T>;
template <class A, class B>
inline constexpr bool heap_known_at_once<std::pair<A, B>> =
    heap_known_at_once<A>&& heap_known_at_once<B>;
template <class... T>
inline constexpr bool heap_known_at_once<std::tuple<T...>> = (heap_known_at_once<T> && ...);

}  // namespace detail

template <class A, class B>
requires(!bitwise<std::pair<A, B>>) std::size_t heap_bytes(const std::pair<A, B>& pair) {
  return detail::heap_bytes_of(pair.first) + detail::heap_bytes_of(pair.second);
}
template <class... T>
requires(!bitwise<std::tuple<T...>>) std::size_t heap_bytes(const std::tuple<T...>& tuple) {
  return std::apply([](const auto&... part) { return (detail::heap_bytes_of(part) + ... + 0); },
                    tuple);
}
template <class T>
std::size_t heap_bytes(const std::vector<T>& values) {
  auto bytes = values.capacity() * sizeof(T);
  if constexpr (!bitwise<T>) {
    for (const auto& value : values) bytes += detail::heap_bytes_of(value);
  }
  return bytes;
}
template <class T, std::size_t n>
requires(!bitwise<T>) std::size_t heap_bytes(const std::array<T, n>& values) {
  std::size_t bytes = 0;
  for (const auto& value : values) bytes += detail::heap_bytes_of(value);
  return bytes;
}
template <class T>
std::size_t heap_bytes(const std::optional<T>& value) {
  return value ? detail::heap_bytes_of(*value) : 0;
}

}  // namespace kindred
