// How an op calls its user's function: whatever it throws is known to come from that op.
#pragma once

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

/// f(a, b) with the result as a T: for reduce and its kin. b is given as it is if f takes that,
/// owned otherwise.
template <class T, class F, class A, class B>
inline T combine_from(const OpLabel& op, const F& f, A&& a, B&& b) {
  try {
    if constexpr (std::is_invocable_v<const F&, A, B>) {
      return T(own(f(std::forward<A>(a), std::forward<B>(b))));
    } else {
      return T(own(f(std::forward<A>(a), own(std::forward<B>(b)))));
    }
  } catch (...) {
    rethrow_from_op(op);
  }
}

/// True where F merges two values of type T into one.
template <class F, class T>
inline constexpr bool combines = std::is_invocable_r_v<T, const F&, T, const T&>;

}  // namespace kindred::detail
