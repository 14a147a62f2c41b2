// What functions that give any number of elements get: an emitter.
#pragma once

#include <concepts>
#include <exception>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// What passes through a user's function while it runs: whether the sink behind it wants more, and
/// what an op before or behind it threw. A function that catches everything must not hide that a
/// task was killed, or a map output lost: the rows that it did not see would be missing.
struct Flow {
  bool more = true;
  bool function_threw = false;  ///< the function itself, called for a row
  std::exception_ptr failure;
};

/// Calls run(), in which a function of `op` runs that the rows of `flow` pass through.
template <class Run>
void run_in_flow(const OpLabel& op, Flow& flow, const Run& run) {
  try {
    run();
  } catch (...) {
    if (flow.failure == nullptr) rethrow_from_op(op);
  }
  if (flow.failure != nullptr) std::rethrow_exception(flow.failure);
}

/// Runs other ops from inside a user's function: what they throw is not the function's.
template <class Run>
bool run_other_ops(Flow& flow, const Run& run) {
  flow.function_threw = false;
  try {
    return run();
  } catch (...) {
    if (flow.failure == nullptr && !flow.function_threw) {
      flow.failure = std::current_exception();
      flow.more = false;
    }
    throw;
  }
}

/// Calls a user's function from inside run_other_ops().
template <class Call>
decltype(auto) call_in_flow(Flow& flow, const Call& call) {
  try {
    return call();
  } catch (...) {
    flow.function_threw = flow.failure == nullptr;
    throw;
  }
}

/// Hands elements of type T to the sink behind a user's function. A small handle: the function may
/// take it by reference or by value, and may not keep it.
template <class T, class Next>
class Emit {
 public:
  Emit(Next& next, Flow& flow) : next_(&next), flow_(&flow) {}

  /// Hands on one element; false once no more are wanted.
  template <class X>
  bool operator()(X&& x) const {
    using Row = std::remove_cvref_t<X>;
    static_assert(rests_as_view<T, Row>() || std::convertible_to<owned_t<X>, T>,
                  "emit(y): y must be of the op's element type, the Out of flat_map<Out>() or "
                  "map_partitions<Out>()");
    static_assert(!narrows<owned_t<X>, T>,
                  "emit(y): a number would be narrowed: name a type as large as y's as the Out of "
                  "flat_map<Out>() or map_partitions<Out>()");
    if (!flow_->more) return false;
    return flow_->more = run_other_ops(*flow_, [&] {
             if constexpr (std::is_same_v<Row, T> || rests_as_view<T, Row>()) {
               return (*next_)(as_rest<T>(x));
             } else {
               const T row(own(std::forward<X>(x)));
               return (*next_)(pass(row));
             }
           });
  }

 private:
  Next* next_;
  Flow* flow_;
};

/// f with an emitter as its last argument, so that call() finds out how f takes a row.
template <class F, class Emitter>
struct EmitCall {
  const F* function;
  Emitter* emit;
  template <class... Args>
  requires(std::invocable<const F&, Args..., Emitter&>) void operator()(Args&&... args) const {
    (*function)(std::forward<Args>(args)..., *emit);
  }
};
template <class F, class Emitter>
EmitCall<F, Emitter> with_emit(const F& function, Emitter& emit) {
  return {&function, &emit};
}

/// Stands for the sink behind an op where only the types are asked for.
struct AnySink {
  template <class X>
  bool operator()(X&&) {
    return true;
  }
};

/// The rules for the element type that a program names for an emitter.
template <class T>
constexpr bool check_emitted() {
  constexpr bool owns = std::is_same_v<T, owned_t<T>>;
  static_assert(owns,
                "flat_map<Out>, map_partitions<Out>: name the type that owns the element: "
                "std::string, not std::string_view (views may be emitted; they are passed on as "
                "they are)");
  return owns && check_element<T>();
}

}  // namespace kindred::detail
