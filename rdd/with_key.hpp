// Rows beside a key that a function computes from them: the map side of group_by and sort_by.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "kindred/rdd/carried_part.hpp"
#include "kindred/rdd/function_op.hpp"

namespace kindred::detail {

template <class F, class X>
using KeyAndRow = std::pair<carried_part_t<call_result_t<F, const std::remove_reference_t<X>&>>,
                            carried_part_t<X>>;

template <class F, class Next>
struct WithKeyStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    // The key may be a view of the row, so the row stays where it is until the key is used.
    using Key = call_result_t<F, const std::remove_reference_t<X>&>;
    return next(KeyAndRow<F, const std::remove_reference_t<X>&>(
        carried_part<Key>(call_from(*op, *function, std::as_const(x))),
        carried_part(std::as_const(x))));
  }
};

/// (f(x), x) for each row x. A part of another op: it is called as that op in errors, and is no
/// step of its own in explain().
template <class Parent, class F>
struct WithKey {
  using Passed = KeyAndRow<F, passed_row_t<Parent>>;

  Parent parent;
  F function;
  LabelRef op;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return run_through(parent, partition, task, WithKeyStep<F, Sink>{&function, op.get(), sink},
                       sink);
  }
  void encode(LineageWriter& out) const {
    parent.encode(out);
    out.function(function);
    out.value(*op);
  }
  static WithKey decode(LineageReader& in) {
    auto parent = Parent::decode(in);
    auto function = in.function<F>();
    return {std::move(parent), std::move(function),
            std::make_shared<const OpLabel>(in.value<OpLabel>())};
  }
  void parents(std::vector<NodeRef>& nodes) const { parent.parents(nodes); }
  void labels(OpLabels& labels) const { parent.labels(labels); }
};

/// What f gives for the rows of a pipeline, at rest.
template <class P, class F>
using computed_key_t = owned_t<call_result_t<F, passed_row_t<P>>>;

}  // namespace kindred::detail
