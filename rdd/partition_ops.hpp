// Narrow ops that see all rows of a partition: map_partitions, map_partitions_with_index.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "kindred/rdd/emit.hpp"
#include "kindred/rdd/function_op.hpp"
#include "kindred/rdd/partition_rows.hpp"

namespace kindred {

namespace detail {

/// How map_partitions() and its kin call their function: with the partition's number first, or
/// without.
template <bool with_index, class F, class... Args>
decltype(auto) call_for_partition(const F& f, PartitionId partition, Args&... args) {
  if constexpr (with_index) {
    return f(partition.value, args...);
  } else {
    return f(args...);
  }
}

template <bool with_index, class F, class... Args>
inline constexpr bool callable_for_partition = std::is_invocable_v<const F&, Args&...>;
template <class F, class... Args>
inline constexpr bool callable_for_partition<true, F, Args...> =
    std::is_invocable_v<const F&, std::uint32_t, Args&...>;

/// map_partitions() with a function that returns a range.
template <class Parent, class F, bool with_index>
struct MapPartitions : FunctionOp<Parent, F> {
  using Rows = PartitionRows<Parent>;
  using Result = decltype(call_for_partition<with_index>(std::declval<const F&>(), PartitionId{},
                                                         std::declval<Rows&>()));
  using Passed = range_element_t<Result>;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    Flow flow;
    Rows rows(this->parent, partition, task, flow);
    std::optional<std::remove_cvref_t<Result>> range;
    run_in_flow(*this->op, flow, [&] {
      range.emplace(call_for_partition<with_index>(this->function, partition, rows));
    });
    return for_each_element<Result>(*this->op, *range, sink);
  }
  static MapPartitions decode(LineageReader& in) {
    return MapPartitions::template decode_as<MapPartitions>(in);
  }
};

/// map_partitions<Out>() with a function that takes an emitter.
template <class Parent, class F, class Out, bool with_index>
struct EmitPartitions : FunctionOp<Parent, F> {
  using Passed = rest_passed_t<Out>;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    Flow flow;
    PartitionRows<Parent> rows(this->parent, partition, task, flow);
    Emit<Out, Sink> emit(sink, flow);
    run_in_flow(*this->op, flow,
                [&] { call_for_partition<with_index>(this->function, partition, rows, emit); });
    return flow.more;
  }
  static EmitPartitions decode(LineageReader& in) {
    return EmitPartitions::template decode_as<EmitPartitions>(in);
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class PartitionOps;

template <class T, class P>
class PartitionOps<Rdd<T, P>> {
 public:
  /// Calls f once a partition, on the executors, for work that pays once for many rows (a
  /// connection, a table). `f(rows)` returns a range of what the partition gives; it reads its rows
  /// by `rows.for_each(g)`. With a type named, `map_partitions<Out>`, it is `f(rows, emit)` and
  /// calls `emit(y)` for each Out y, none of which need be kept. Lazy; narrow. What f captures
  /// travels.
  ///     numbers.map_partitions([](auto& rows) {
  ///       std::int64_t sum = 0;
  ///       rows.for_each([&](std::int64_t x) { sum += x; });
  ///       return std::vector{sum}; })
  template <class Out = void, class F>
  auto map_partitions(F f, SourceLocation where = SourceLocation::current()) const {
    return by_partition<Out, false>(std::move(f), "map_partitions", where);
  }
  /// The same with the partition's number, from 0, before the rows: `f(index, rows)`, or
  /// `f(index, rows, emit)`. Lazy; narrow.
  ///     lines.map_partitions_with_index<std::string>([](std::uint32_t index, auto& rows, auto&
  ///     emit) { rows.for_each([&](auto& line) { if (index > 0) emit(line); }); })
  template <class Out = void, class F>
  auto map_partitions_with_index(F f, SourceLocation where = SourceLocation::current()) const {
    return by_partition<Out, true>(std::move(f), "map_partitions_with_index", where);
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class Out, bool with_index, class F>
  auto by_partition(F f, const char* op, const SourceLocation& where) const {
    using Rows = PartitionRows<P>;
    if constexpr (!detail::check_portable<F>()) {
      return self();
    } else if constexpr (!std::is_void_v<Out>) {
      using Emitter = detail::Emit<Out, detail::AnySink>;
      constexpr bool takes = detail::callable_for_partition<with_index, F, Rows, Emitter>;
      static_assert(
          takes,
          "map_partitions<Out>: this function must take the rows and an emitter: [](auto& "
          "rows, auto& emit) {...}; with_index has std::uint32_t before them");
      if constexpr (takes && detail::check_emitted<Out>()) {
        return detail::with_function<detail::EmitPartitions<P, F, Out, with_index>>(
            self(), std::move(f), op, where, {});
      } else {
        return self();
      }
    } else {
      constexpr bool takes = detail::callable_for_partition<with_index, F, Rows>;
      static_assert(takes,
                    "map_partitions: this function must take the rows: [](auto& rows) {...}; "
                    "with_index has std::uint32_t before them; one that takes an emitter too needs "
                    "the type that it emits: map_partitions<Out>(...)");
      if constexpr (takes) {
        using Op = detail::MapPartitions<P, F, with_index>;
        constexpr bool range = detail::is_range<std::remove_reference_t<typename Op::Result>>;
        static_assert(range, "map_partitions: this function must return a range: a container");
        return detail::with_function<Op>(self(), std::move(f), op, where, {});
      } else {
        return self();
      }
    }
  }
};

}  // namespace kindred
