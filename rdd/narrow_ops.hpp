// Narrow ops: each row on its own, in the stage it is in. map, filter, flat_map, map_values.
#pragma once

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "kindred/engine/owned.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred {

namespace detail {

/// What every op with one function is made of, but for its sink.
template <class Parent, class F>
struct FunctionOp {
  Parent parent;
  F function;
  LabelRef op;

  void encode(LineageWriter& out) const {
    parent.encode(out);
    out.function(function);
  }
  void parents(std::vector<NodeRef>& nodes) const { parent.parents(nodes); }
  void labels(OpLabels& labels) const {
    parent.labels(labels);
    labels.push_back(*op);
  }
  template <class Op>
  static Op decode_as(LineageReader& in) {
    auto parent = Parent::decode(in);
    auto function = in.function<F>();
    return Op{
        {std::move(parent), std::move(function), std::make_shared<const OpLabel>(in.label())}};
  }

 protected:
  /// Runs the parent into Step, and gives the sink back what it has become.
  template <template <class, class> class Step, class Sink>
  bool run_step(PartitionId partition, TaskContext& task, Sink& sink) const {
    Step<F, Sink> step{&function, op.get(), sink};
    const bool more = parent.run(partition, task, step);
    sink = std::move(step.next);
    return more;
  }
};

template <class F, class Next>
struct MapStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return next(call_from(*op, *function, std::forward<X>(x)));
  }
};
template <class Parent, class F>
struct Map : FunctionOp<Parent, F> {
  using Passed = call_result_t<F, typename Parent::Passed>;
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

// Whether the elements of a range that a function returned are its own, so that they may be moved
// out of it.
template <class Range>
inline constexpr bool owns_elements = requires(std::remove_reference_t<Range>& range) {
  range.get_allocator();
}
&&!std::is_reference_v<Range> && !std::is_const_v<Range>;

template <class Range>
using range_element_t = std::conditional_t<
    owns_elements<Range>,
    std::remove_reference_t<decltype(*std::declval<std::remove_reference_t<Range>&>().begin())>&&,
    decltype(*std::declval<std::remove_reference_t<Range>&>().begin())>;

template <class F, class Next>
struct FlatMapStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    // A function that takes an owned row may return views of it: the row must outlive them.
    if constexpr (takes_owned<F, X&&>) {
      return each(own(std::forward<X>(x)));
    } else {
      return each(std::forward<X>(x));
    }
  }
  template <class X>
  bool each(X&& x) {
    using Result = call_result_t<F, X&&>;
    auto&& range = call_from(*op, *function, std::forward<X>(x));
    // A lazy view computes its elements as they are asked for: what it throws comes from this op,
    // what the ops after it throw does not.
    auto at = guard(*op, [&] { return range.begin(); });
    const auto end = guard(*op, [&] { return range.end(); });
    while (guard(*op, [&] { return at != end; })) {
      auto&& element = guard(*op, [&]() -> decltype(auto) { return *at; });
      if (!next(static_cast<range_element_t<Result>>(element))) return false;
      guard(*op, [&] { ++at; });
    }
    return true;
  }
};
template <class Parent, class F>
struct FlatMap : FunctionOp<Parent, F> {
  using Passed = range_element_t<call_result_t<F, typename Parent::Passed>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<FlatMapStep>(partition, task, sink);
  }
  static FlatMap decode(LineageReader& in) { return FlatMap::template decode_as<FlatMap>(in); }
};

// A key as it stands in a pair that is passed on: a view where there is one, a copy otherwise.
template <class K>
using carried_t = std::conditional_t<Passed<owned_t<K>>::in_pair, passed_t<owned_t<K>>, owned_t<K>>;

template <class P, class F>
struct MapValuesResult {
  using Row = std::remove_reference_t<typename P::Passed>;
  using type = call_result_t<F, decltype((std::declval<const Row&>().second))>;
};

template <class F, class Next>
struct MapValuesStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    using Key = carried_t<decltype(x.first)>;
    using Value = call_result_t<F, decltype((std::as_const(x).second))>;
    return next(std::pair<Key, std::remove_cvref_t<Value>>(
        Key(as_rest<owned_t<Key>>(x.first)), call_from(*op, *function, std::as_const(x).second)));
  }
};
template <class Parent, class F>
struct MapValues : FunctionOp<Parent, F> {
  using Row = std::remove_reference_t<typename Parent::Passed>;
  using Passed = std::pair<carried_t<decltype(Row::first)>,
                           std::remove_cvref_t<typename MapValuesResult<Parent, F>::type>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<MapValuesStep>(partition, task, sink);
  }
  static MapValues decode(LineageReader& in) {
    return MapValues::template decode_as<MapValues>(in);
  }
};

template <class T>
inline constexpr bool is_range = requires(T& range) {
  *range.begin();
  range.end();
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
      return chain<detail::Map<P, F>>(std::move(f), "map", where, {});
    }
  }

  /// Keeps the elements for which `f(x)` is true. Lazy; narrow; keeps the partitioner.
  ///     lines.filter([](std::string_view line) { return line.starts_with("ERROR"); })
  template <class F>
  auto filter(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F,
                                          const std::remove_reference_t<typename P::Passed>&>()) {
      return self();
    } else {
      using Result = detail::call_result_t<F, const std::remove_reference_t<typename P::Passed>&>;
      static_assert(std::is_convertible_v<Result, bool>,
                    "filter: this function must return a bool");
      return chain<detail::Filter<P, F>>(std::move(f), "filter", where, self().partitioning());
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
      return chain<detail::FlatMap<P, F>>(std::move(f), "flat_map", where, {});
    }
  }

  /// Gives (key, f(value)) for each pair. Lazy; narrow; keeps the partitioner, so a join after it
  /// may need no shuffle.
  ///     ages.map_values([](double age) { return age / 10; })
  template <class F>
  auto map_values(F f, SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::is_pair<T>,
                  "map_values() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return self();
    } else if constexpr (!detail::check_function<
                             F,
                             decltype((
                                 std::declval<const std::remove_reference_t<typename P::Passed>&>()
                                     .second))>()) {
      return self();
    } else if constexpr (std::is_void_v<typename detail::MapValuesResult<P, F>::type>) {
      static_assert(!std::is_void_v<typename detail::MapValuesResult<P, F>::type>,
                    "map_values: this function returns nothing: for_each() is the action for that");
      return self();
    } else {
      return chain<detail::MapValues<P, F>>(std::move(f), "map_values", where,
                                            self().partitioning());
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class Op, class F>
  auto chain(F f, const char* name, const SourceLocation& where,
             std::optional<Partitioning> partitioning) const {
    auto label = detail::make_label(name, where);
    detail::check_captures(f, *label);
    return Rdd<detail::element_t<Op>, Op>(self().session(),
                                          Op{{self().pipeline(), std::move(f), std::move(label)}},
                                          self().partitions(), partitioning);
  }
};

}  // namespace kindred
