// The one form in which rows at rest are passed, and how what a chain passes is brought into it.
#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/owned.hpp"

namespace kindred::detail {

/// A row at rest as it is passed down: a view, or a const reference.
template <class T>
using rest_passed_t = decltype(pass(std::declval<const T&>()));

/// The same as the argument of a call. A view is not copied into it: that would read at once what
/// has just been written in parts, and so wait until all that was written before is in the cache.
template <class T>
using rest_argument_t = const std::remove_cvref_t<rest_passed_t<T>>&;

/// A view of what a chain passes, in the one form that RowSink<T>::row takes.
template <class T, class X>
decltype(auto) as_rest(const X& x) {
  if constexpr (std::is_same_v<X, T> || !passed_as_view<T>) {
    return pass(x);
  } else if constexpr (std::is_same_v<X, passed_t<T>>) {
    return (x);
  } else if constexpr (requires { x.first; }) {
    return passed_t<T>(as_rest<typename T::first_type>(x.first),
                       as_rest<typename T::second_type>(x.second));
  } else if constexpr (requires { std::tuple_size<X>::value; }) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return passed_t<T>(as_rest<std::tuple_element_t<I, T>>(std::get<I>(x))...);
    }
    (std::make_index_sequence<std::tuple_size_v<X>>{});
  } else {
    return passed_t<T>(x);
  }
}

// Whether a T can be viewed in what a chain passes: a vector<string_view> owns no strings, so that
// no view of a vector<string> can be taken of it.
template <class T, class X>
constexpr bool rests_as_view();

template <class T, class X>
constexpr bool part_rests() {
  using Part = std::remove_cvref_t<X>;
  if constexpr (passed_as_view<T>) {
    return rests_as_view<T, Part>();
  } else {
    return std::is_constructible_v<passed_t<T>, const Part&>;
  }
}

template <class T, class X>
constexpr bool rests_as_view() {
  if constexpr (std::is_same_v<X, T> || std::is_same_v<X, passed_t<T>>) {
    return true;
  } else if constexpr (!passed_as_view<T>) {
    return false;
  } else if constexpr (requires(const X& x) { x.first; }) {
    return part_rests<typename T::first_type, typename X::first_type>() &&
           part_rests<typename T::second_type, typename X::second_type>();
  } else if constexpr (requires { std::tuple_size<X>::value; }) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (part_rests<std::tuple_element_t<I, T>, std::tuple_element_t<I, X>>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<X>>{});
  } else {
    return std::is_constructible_v<passed_t<T>, const X&>;
  }
}

/// use(x as a row at rest is passed).
template <class T, class X, class Use>
decltype(auto) with_view(const X& x, const Use& use) {
  if constexpr (rests_as_view<T, X>()) {
    return use(as_rest<T>(x));
  } else {
    const T row(own(x));
    return use(pass(row));
  }
}

}  // namespace kindred::detail
