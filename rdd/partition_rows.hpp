// The rows of a whole partition, for functions that want to see all of them: inner iteration.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

#include "kindred/engine/node.hpp"
#include "kindred/engine/portable_function.hpp"
#include "kindred/engine/task_failure.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred {
namespace detail {

/// A local function by reference: unlike one that travels it may change its captures.
template <class F>
struct LocalFunction {
  F* function;
  template <class... Args>
  requires(std::invocable<F&, Args...>) decltype(auto) operator()(Args&&... args) const {
    return (*function)(std::forward<Args>(args)...);
  }
};

}  // namespace detail

/// One partition as a function of the user gets it: for_each() pushes its rows, computed as it
/// runs, so that none needs to be kept. Used by one thread, until the function returns.
template <class P>
class PartitionRows {
 public:
  PartitionRows(const P& pipeline, PartitionId partition, TaskContext& task)
      : pipeline_(pipeline), partition_(partition), task_(task) {}
  PartitionRows(const PartitionRows&) = delete;
  PartitionRows& operator=(const PartitionRows&) = delete;

  /// The partition's number, from 0.
  std::uint32_t index() const { return partition_.value; }

  /// Calls `f(row)` for each row, in order; a false from it stops, nothing or true goes on. Returns
  /// whether it was left to run to the end. f is local: it may capture by reference and change
  /// what it captures. Views that it is given end with the call. A second for_each() computes all
  /// rows once more.
  ///     partition.for_each([&](auto& row) { batch.push_back(row); });
  template <class F>
  bool for_each(F f) {
    using Local = detail::LocalFunction<F>;
    constexpr bool takes = detail::callable<Local, typename P::Passed>;
    static_assert(takes,
                  "partition.for_each: this function does not take the rows of this partition: "
                  "write its parameter as `const auto& row`");
    if constexpr (takes) {
      using Result = detail::call_result_t<Local, typename P::Passed>;
      static_assert(std::is_void_v<Result> || std::is_convertible_v<Result, bool>,
                    "partition.for_each: this function must return nothing, or a bool: false "
                    "stops");
      Step<Local> step{{&f}, &thrown_by_user_};
      try {
        thrown_by_user_ = false;
        return pipeline_.run(partition_, task_, step);
      } catch (...) {
        if (!thrown_by_user_) failure_ = std::current_exception();
        throw;
      }
    } else {
      return true;
    }
  }

  /// For ops: throws once more what ended a for_each() and was not thrown by its function. A
  /// catch (...) of the user must not turn a lost map output into a partition with fewer rows.
  void rethrow_failure() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  template <class Local>
  struct Step {
    Local function;
    bool* thrown_by_user;
    template <class X>
    bool operator()(X&& x) {
      try {
        if constexpr (std::is_void_v<detail::call_result_t<Local, X&&>>) {
          detail::call(function, std::forward<X>(x));
          return true;
        } else {
          return static_cast<bool>(detail::call(function, std::forward<X>(x)));
        }
      } catch (const detail::TaskEnd&) {
        throw;  // of an op after this one
      } catch (...) {
        *thrown_by_user = true;
        throw;
      }
    }
  };

  const P& pipeline_;
  PartitionId partition_;
  TaskContext& task_;
  std::exception_ptr failure_;
  bool thrown_by_user_ = false;
};

namespace detail {

/// f(rows, rest...), where what f throws comes from the op, and what its rows throw does not.
template <class F, class P, class... Rest>
void call_with_rows(const OpLabel& op, const F& f, PartitionRows<P>& rows, Rest&&... rest) {
  try {
    f(rows, std::forward<Rest>(rest)...);
  } catch (...) {
    rows.rethrow_failure();
    rethrow_from_op(op);
  }
  rows.rethrow_failure();
}

}  // namespace detail
}  // namespace kindred
