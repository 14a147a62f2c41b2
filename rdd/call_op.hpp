// How an op calls its user's function: whatever it throws is known to come from that op.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "kindred/engine/node.hpp"
#include "kindred/engine/portable_function.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred::detail {

/// call(f, x); an exception goes on as a TaskFailure that names the op. Costs nothing where nothing
/// is thrown.
template <class F, class X>
inline decltype(auto) call_from(const OpLabel& op, const F& f, X&& x) {
  try {
    return call(f, std::forward<X>(x));
  } catch (...) {
    rethrow_from_op(op);
  }
}

/// f(), with its exceptions as those of an op.
template <class F>
inline decltype(auto) guard(const OpLabel& op, F&& f) {
  try {
    return f();
  } catch (...) {
    rethrow_from_op(op);
  }
}

// A function object whose call is no template, so that asking whether it takes a view compiles
// nothing.
template <class F>
concept NotGeneric = requires {
  &F::operator();
};

/// f(a, b) with the result as a T: for reduce, folds and their kin. A generic function gets b
/// owned, since its body may not compile for a T and a view; another one gets b as it is passed, if
/// it takes that.
template <class T, class F, class A, class B>
inline T combine_from(const OpLabel& op, const F& f, A&& a, B&& b) {
  using Second = owned_t<B>;
  try {
    if constexpr (std::is_same_v<std::remove_cvref_t<B>, Second>) {
      return T(own(f(std::forward<A>(a), std::forward<B>(b))));
    } else {
      if constexpr (NotGeneric<F>) {
        if constexpr (std::is_invocable_v<const F&, A, B>) {
          return T(own(f(std::forward<A>(a), std::forward<B>(b))));
        }
      }
      const Second owned(own(std::forward<B>(b)));
      return T(own(f(std::forward<A>(a), owned)));
    }
  } catch (...) {
    rethrow_from_op(op);
  }
}

/// True where F merges a value of type X into one of type T.
template <class F, class T, class X>
inline constexpr bool folds = requires(const F& f, T a, const X& b) {
  { own(f(std::move(a), b)) } -> std::convertible_to<T>;
};

/// True where F merges two values of type T into one.
template <class F, class T>
inline constexpr bool combines = folds<F, T, T>;

}  // namespace kindred::detail
