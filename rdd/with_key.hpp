// Rows beside a key that a function computes from them: the map side of group_by and sort_by.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

// A row or key of type X as it stands in a pair that is passed on: a view where one can be taken
// of it, an owned value otherwise.
template <class X>
inline constexpr bool carried_as_view =
    Passed<owned_t<X>>::is_view&& rests_as_view<owned_t<X>, std::remove_cvref_t<X>>();
template <class X>
using carried_part_t = std::conditional_t<carried_as_view<X>, passed_t<owned_t<X>>, owned_t<X>>;

template <class X>
carried_part_t<X> carried_part(X&& x) {
  if constexpr (carried_as_view<X>) {
    return as_rest<owned_t<X>>(x);
  } else {
    return own(std::forward<X>(x));
  }
}

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
  using Passed = KeyAndRow<F, const std::remove_reference_t<typename Parent::Passed>&>;

  Parent parent;
  F function;
  LabelRef op;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    WithKeyStep<F, Sink> step{&function, op.get(), sink};
    const bool more = parent.run(partition, task, step);
    sink = std::move(step.next);
    return more;
  }
  void encode(LineageWriter& out) const {
    parent.encode(out);
    out.function(function);
    out.value(std::tuple(op->op, op->name, op->file, op->line));
  }
  static WithKey decode(LineageReader& in) {
    auto parent = Parent::decode(in);
    auto function = in.function<F>();
    auto [name, called, file, line] =
        in.value<std::tuple<std::string, std::string, std::string, std::uint32_t>>();
    return {std::move(parent), std::move(function),
            std::make_shared<const OpLabel>(
                OpLabel{std::move(name), std::move(called), std::move(file), line})};
  }
  void parents(std::vector<NodeRef>& nodes) const { parent.parents(nodes); }
  void labels(OpLabels& labels) const { parent.labels(labels); }
};

/// What f gives for the rows of a pipeline, at rest.
template <class P, class F>
using computed_key_t =
    owned_t<call_result_t<F, const std::remove_reference_t<typename P::Passed>&>>;

}  // namespace kindred::detail
