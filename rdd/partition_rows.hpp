// The rows of a whole partition, for functions that want to see all of them: inner iteration.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/emit.hpp"
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
  PartitionRows(const P& pipeline, PartitionId partition, TaskContext& task, detail::Flow& flow)
      : pipeline_(pipeline), partition_(partition), task_(task), flow_(flow) {}
  PartitionRows(const PartitionRows&) = delete;
  PartitionRows& operator=(const PartitionRows&) = delete;

  /// The partition's number, from 0.
  std::uint32_t index() const { return partition_.value; }

  /// Calls `f(row)` for each row, in order; a false from it stops, nothing or true goes on. Returns
  /// whether it was left to run to the end: it also stops where an emitter wants no more. f is
  /// local: it may capture by reference and change what it captures. Views that it is given end
  /// with the call. A second for_each() computes all rows once more.
  ///     partition.for_each([&](auto& row) { batch.push_back(row); });
  template <class F>
  bool for_each(F f) const {
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
      Step<Local> step{{&f}, &flow_};
      return detail::run_other_ops(flow_, [&] { return pipeline_.run(partition_, task_, step); });
    } else {
      return true;
    }
  }

 private:
  template <class Local>
  struct Step {
    Local function;
    detail::Flow* flow;
    template <class X>
    bool operator()(X&& x) {
      return detail::call_in_flow(*flow, [&] {
        if constexpr (std::is_void_v<detail::call_result_t<Local, X&&>>) {
          detail::call(function, std::forward<X>(x));
          return flow->more;
        } else {
          return static_cast<bool>(detail::call(function, std::forward<X>(x))) && flow->more;
        }
      });
    }
  };

  const P& pipeline_;
  PartitionId partition_;
  TaskContext& task_;
  detail::Flow& flow_;
};

}  // namespace kindred
