// What functions that are called once a partition get: its rows, pushed one by one.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/emit.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// The rows of one partition of pipeline P, for a user's function: it may not keep this object.
template <class P>
class PartitionRows {
 public:
  using value_type = element_t<P>;

  PartitionRows(const P& pipeline, PartitionId partition, TaskContext& task, Flow& flow)
      : pipeline_(pipeline), partition_(partition), task_(task), flow_(flow) {}
  PartitionRows(const PartitionRows&) = delete;
  PartitionRows& operator=(const PartitionRows&) = delete;

  /// The partition's number, from 0.
  std::uint32_t index() const { return partition_.value; }

  /// Calls `f(row)` for each row, in order. f takes a row as the function of map() does, and may
  /// capture by reference: it runs here. If it returns a bool, false stops; for_each() then returns
  /// false, as it does once an emitter wants no more. A second call computes the rows again.
  ///     std::int64_t sum = 0; partition.for_each([&](std::int64_t x) { sum += x; });
  template <class F>
  bool for_each(const F& f) const {
    static_assert(callable<F, typename P::Passed>,
                  "for_each(): this function does not take the rows of this partition: write its "
                  "parameter as `const auto& row`, or as the element type");
    if constexpr (callable<F, typename P::Passed>) {
      Visit<F> visit{&f, &flow_};
      return run_other_ops(flow_, [&] { return pipeline_.run(partition_, task_, visit); }) &&
             flow_.more;
    } else {
      return false;
    }
  }

 private:
  template <class F>
  struct Visit {
    const F* function;
    Flow* flow;
    template <class X>
    bool operator()(X&& x) {
      using Result = call_result_t<F, X&&>;
      if constexpr (std::is_void_v<Result>) {
        call_in_flow(*flow, [&] { call(*function, std::forward<X>(x)); });
        return flow->more;
      } else {
        static_assert(std::is_convertible_v<Result, bool>,
                      "for_each(): this function must return nothing, or false to stop");
        return call_in_flow(
                   *flow, [&] { return static_cast<bool>(call(*function, std::forward<X>(x))); }) &&
               flow->more;
      }
    }
  };

  const P& pipeline_;
  PartitionId partition_;
  TaskContext& task_;
  Flow& flow_;
};

}  // namespace kindred::detail
