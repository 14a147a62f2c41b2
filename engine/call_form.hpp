// How the function of an op is called: with what is passed down a chain, with its parts, or with an
// owned copy.
#pragma once

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/engine/owned.hpp"

namespace kindred::detail {

// What f gives for arguments of type X: called with what is passed, with it as a const lvalue (for
// `auto& line`, which takes no temporary), with the parts of a pair or tuple, or with an owned
// value, whichever f takes first.
enum class CallForm { none, passed, lvalue, parts, owned, owned_parts };

template <class F, class Tuple, class Index>
inline constexpr bool invocable_with_parts = false;
template <class F, class Tuple, std::size_t... I>
inline constexpr bool invocable_with_parts<F, Tuple, std::index_sequence<I...>> =
    std::invocable<const F&, decltype(std::get<I>(std::declval<Tuple>()))...>;

template <class F, class X>
constexpr bool takes_parts() {
  using Row = std::remove_cvref_t<X>;
  if constexpr (requires { std::tuple_size<Row>::value; }) {
    // As const lvalues: [](auto& key, auto n) is how one writes it.
    return invocable_with_parts<F, const Row&, std::make_index_sequence<std::tuple_size_v<Row>>>;
  } else {
    return false;
  }
}

template <class F, class X>
constexpr CallForm call_form() {
  if constexpr (std::invocable<const F&, X>) {
    return CallForm::passed;
  } else if constexpr (std::invocable<const F&, const std::remove_reference_t<X>&>) {
    return CallForm::lvalue;
  } else if constexpr (takes_parts<F, X>()) {
    return CallForm::parts;
  } else if constexpr (std::invocable<const F&, owned_t<X>>) {
    return CallForm::owned;
  } else if constexpr (takes_parts<F, owned_t<X>>()) {
    return CallForm::owned_parts;
  } else {
    return CallForm::none;
  }
}

/// Calls f with x as it was passed if f takes that, otherwise with an owned copy. A result that may
/// point into the owned copy is owned too, since the copy is gone when this returns.
template <class F, class X>
inline decltype(auto) call(const F& f, X&& x) {
  constexpr auto form = call_form<F, X&&>();
  if constexpr (form == CallForm::passed) {
    return f(std::forward<X>(x));
  } else if constexpr (form == CallForm::lvalue) {
    return f(std::as_const(x));
  } else if constexpr (form == CallForm::parts) {
    return std::apply(f, std::as_const(x));
  } else if constexpr (form == CallForm::owned) {
    if constexpr (std::is_void_v<std::invoke_result_t<const F&, owned_t<X>>>) {
      f(own(std::forward<X>(x)));
    } else {
      return own(f(own(std::forward<X>(x))));
    }
  } else {
    static_assert(form == CallForm::owned_parts);
    const auto row = own(std::forward<X>(x));
    if constexpr (std::is_void_v<decltype(std::apply(f, row))>) {
      std::apply(f, row);
    } else {
      return own(std::apply(f, row));
    }
  }
}

template <class F, class X>
using call_result_t = decltype(call(std::declval<const F&>(), std::declval<X>()));

// Whether F gets an owned copy of X.
template <class F, class X>
inline constexpr bool takes_owned = call_form<F, X>() == CallForm::owned
                                    || call_form<F, X>() == CallForm::owned_parts;

/// An X as F gets it.
template <class F, class X>
using given_t = std::conditional_t<takes_owned<F, X>, owned_t<X>&&, X>;

/// use(x as F gets it). An owned copy lives while use() runs, so that what F returns may point into
/// it until then.
template <class F, class X, class Use>
inline decltype(auto) with_given(X&& x, Use&& use) {
  if constexpr (takes_owned<F, X&&>) {
    return use(own(std::forward<X>(x)));
  } else {
    return use(std::forward<X>(x));
  }
}

template <class F, class X>
inline constexpr bool callable = call_form<F, X>() != CallForm::none;

}  // namespace kindred::detail
