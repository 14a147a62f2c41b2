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

/// f(), with its exceptions as those of an op.
template <class F>
inline decltype(auto) guard(const OpLabel& op, F&& f) {
  try {
    return f();
  } catch (...) {
    rethrow_from_op(op);
  }
}

}  // namespace kindred::detail
