// Narrow ops: each row on its own, in the stage it is in. map, filter, flat_map, named.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/owned.hpp"
#include "kindred/rdd/emit.hpp"
#include "kindred/rdd/function_op.hpp"

namespace kindred {

namespace detail {

template <class F, class Next>
struct MapStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return with_given<F>(std::forward<X>(x), [&]<class Given>(Given&& given) {
      return next(call_from(*op, *function, std::forward<Given>(given)));
    });
  }
};
template <class Parent, class F>
struct Map : FunctionOp<Parent, F> {
  using Passed = call_result_t<F, given_t<F, typename Parent::Passed>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<MapStep>(partition, task, sink);
  }
  static Map decode(LineageReader& in) { return Map::template decode_as<Map>(in); }
};

template <class F, class Next>
struct FilterStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    if (!call_from(*op, *function, std::as_const(x))) return true;
    return next(std::forward<X>(x));
  }
};
template <class Parent, class F>
struct Filter : FunctionOp<Parent, F> {
  using Passed = typename Parent::Passed;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<FilterStep>(partition, task, sink);
  }
  static Filter decode(LineageReader& in) { return Filter::template decode_as<Filter>(in); }
};

template <class F, class Next>
struct FlatMapStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return with_given<F>(std::forward<X>(x), [&]<class Given>(Given&& given) {
      using Result = call_result_t<F, Given&&>;
      auto&& range = call_from(*op, *function, std::forward<Given>(given));
      return for_each_element<Result>(*op, range, next);
    });
  }
};
template <class Parent, class F>
struct FlatMap : FunctionOp<Parent, F> {
  using Passed = range_element_t<call_result_t<F, given_t<F, typename Parent::Passed>>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<FlatMapStep>(partition, task, sink);
  }
  static FlatMap decode(LineageReader& in) { return FlatMap::template decode_as<FlatMap>(in); }
};

template <class Parent, class F, class T>
struct FlatMapEmit : FunctionOp<Parent, F> {
  using Passed = rest_passed_t<T>;

  template <class Next>
  struct Step {
    const F* function;
    const OpLabel* op;
    Next next;
    template <class X>
    bool operator()(X&& x) {
      Flow flow;
      Emit<T, Next> emit(next, flow);
      run_in_flow(*op, flow, [&] { call(with_emit(*function, emit), std::forward<X>(x)); });
      return flow.more;
    }
  };
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return run_through(this->parent, partition, task,
                       Step<Sink>{&this->function, this->op.get(), sink}, sink);
  }
  static FlatMapEmit decode(LineageReader& in) {
    return FlatMapEmit::template decode_as<FlatMapEmit>(in);
  }
};

/// Gives the last op of a chain another label; rows pass it untouched.
template <class Parent>
struct Named {
  using Passed = typename Parent::Passed;

  Parent parent;
  std::string name;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return parent.run(partition, task, sink);
  }
  void encode(LineageWriter& out) const {
    parent.encode(out);
    out.value(name);
  }
  static Named decode(LineageReader& in) {
    auto parent = Parent::decode(in);
    return {std::move(parent), in.value<std::string>()};
  }
  void parents(std::vector<NodeRef>& nodes) const { parent.parents(nodes); }
  void labels(OpLabels& labels) const {
    parent.labels(labels);
    labels.back().name = name;
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class NarrowOps;

template <class T, class P>
class NarrowOps<Rdd<T, P>> {
 public:
  /// Gives `f(x)` for each element x. Lazy; narrow. What f captures travels to the executors.
  ///     context.range(0, 10).map([](std::int64_t x) { return x * x; })
  template <class F>
  auto map(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F, typename P::Passed>()) {
      return self();
    } else {
      static_assert(!std::is_void_v<detail::call_result_t<F, typename P::Passed>>,
                    "map: this function returns nothing: for_each() is the action for that");
      return detail::with_function<detail::Map<P, F>>(self(), std::move(f), "map", where, {});
    }
  }

  /// Keeps the elements for which `f(x)` is true. Lazy; narrow; keeps the partitioner.
  ///     lines.filter([](std::string_view line) { return line.starts_with("ERROR"); })
  template <class F>
  auto filter(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F, detail::passed_row_t<P>>()) {
      return self();
    } else {
      using Result = detail::call_result_t<F, detail::passed_row_t<P>>;
      static_assert(std::is_convertible_v<Result, bool>,
                    "filter: this function must return a bool");
      return detail::with_function<detail::Filter<P, F>>(self(), std::move(f), "filter", where,
                                                         self().partitioning());
    }
  }

  /// Gives the elements of the range `f(x)` for each element x: a container, a view, an
  /// optional-like range. Lazy; narrow.
  ///     lines.flat_map([](std::string_view line) { return kindred::split(line); })
  template <class F>
  auto flat_map(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F, typename P::Passed>()) {
      return self();
    } else {
      using Result = std::remove_cvref_t<detail::call_result_t<F, typename P::Passed>>;
      static_assert(detail::is_range<Result>,
                    "flat_map: this function must return a range: a container or a view");
      return detail::with_function<detail::FlatMap<P, F>>(self(), std::move(f), "flat_map", where,
                                                          {});
    }
  }

  /// The same with any number of elements for each: `f(x, emit)` calls `emit(y)` for each Out y.
  /// emit() returns false once no more are wanted (take); it need not be heeded. Lazy; narrow.
  ///     lines.flat_map<std::string>([](std::string_view line, auto& emit) {
  ///       if (!line.empty()) emit(line.substr(1)); })
  template <class Out, class F>
  auto flat_map(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_portable<F>() || !detail::check_emitted<Out>()) {
      return self();
    } else {
      using Call = detail::EmitCall<F, detail::Emit<Out, detail::AnySink>>;
      constexpr bool takes = detail::callable<Call, typename P::Passed>;
      static_assert(takes,
                    "flat_map<Out>: this function must take an element and an emitter: [](const "
                    "auto& x, auto& emit) { emit(y); }");
      if constexpr (takes) {
        return detail::with_function<detail::FlatMapEmit<P, F, Out>>(self(), std::move(f),
                                                                     "flat_map", where, {});
      } else {
        return self();
      }
    }
  }

  /// Names this Rdd: errors, progress and explain() then say "map 'points' at k_means.cpp:12".
  /// Lazy; narrow; changes nothing else. As in Spark an Rdd that a wide op, persist() or a union
  /// returned is named in place, for all who hold it.
  ///     auto points = lines.map(parse).named("points");
  auto named(std::string name) const {
    if constexpr (detail::is_erased<P>) {
      self().pipeline().node->rename(std::move(name));
      return self();
    } else {
      using Op = detail::Named<P>;
      return Rdd<T, Op>(self().session(), Op{self().pipeline(), std::move(name)},
                        self().partitions(), self().partitioning());
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }
};

}  // namespace kindred
