// What narrow ops with one function are made of.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Runs `parent` into a step, and gives the sink behind it back what it has become.
template <class Parent, class Step, class Sink>
bool run_through(const Parent& parent, PartitionId partition, TaskContext& task, Step step,
                 Sink& sink) {
  const bool more = parent.run(partition, task, step);
  sink = std::move(step.next);
  return more;
}

/// What every fused op is made of, but for what it does with a row.
template <class Parent>
struct LabelledOp {
  Parent parent;
  LabelRef op;

  void parents(std::vector<NodeRef>& nodes) const { parent.parents(nodes); }
  void labels(OpLabels& labels) const {
    parent.labels(labels);
    labels.push_back(*op);
  }
};

/// The same for an op with one function.
template <class Parent, class F>
struct FunctionOp : LabelledOp<Parent> {
  F function;

  void encode(LineageWriter& out) const {
    this->parent.encode(out);
    out.function(function);
  }
  template <class Op>
  static Op decode_as(LineageReader& in) {
    auto parent = Parent::decode(in);
    auto function = in.function<F>();
    return Op{
        {{std::move(parent), std::make_shared<const OpLabel>(in.label())}, std::move(function)}};
  }

 protected:
  template <template <class, class> class Step, class Sink>
  bool run_step(PartitionId partition, TaskContext& task, Sink& sink) const {
    return run_through(this->parent, partition, task,
                       Step<F, Sink>{&function, this->op.get(), sink}, sink);
  }
};

/// The Rdd of `rdd`'s chain with an op of one function behind it.
template <class Op, class Rdd, class F>
auto with_function(const Rdd& rdd, F f, const char* name, const SourceLocation& where,
                   std::optional<Partitioning> partitioning) {
  auto label = make_label(name, where);
  check_captures(f, *label);
  return kindred::Rdd<element_t<Op>, Op>(rdd.session(),
                                         Op{{{rdd.pipeline(), std::move(label)}, std::move(f)}},
                                         rdd.partitions(), partitioning);
}

template <class T>
inline constexpr bool is_range = requires(T& range) {
  *range.begin();
  range.end();
};

// Whether the elements of a range that a function returned are its own, so that they may be moved
// out of it.
template <class Range>
inline constexpr bool owns_elements = requires(std::remove_reference_t<Range>& range) {
  range.get_allocator();
}
&&!std::is_reference_v<Range> && !std::is_const_v<Range>;

/// What next() gets for an element of a Range that a function returned.
template <class Range>
using range_element_t = std::conditional_t<
    owns_elements<Range>,
    std::remove_reference_t<decltype(*std::declval<std::remove_reference_t<Range>&>().begin())>&&,
    decltype(*std::declval<std::remove_reference_t<Range>&>().begin())>;

/// Hands the elements of `range`, which a function of `op` returned as a Range, to next(); false if
/// that asked to stop. A lazy view computes its elements as they are asked for: what it throws
/// comes from the op, what the ops after it throw does not.
template <class Range, class Next>
bool for_each_element(const OpLabel& op, std::remove_reference_t<Range>& range, Next&& next) {
  auto at = guard(op, [&] { return range.begin(); });
  const auto end = guard(op, [&] { return range.end(); });
  while (guard(op, [&] { return at != end; })) {
    auto&& element = guard(op, [&]() -> decltype(auto) { return *at; });
    if (!next(static_cast<range_element_t<Range>>(element))) return false;
    guard(op, [&] { ++at; });
  }
  return true;
}

}  // namespace kindred::detail
