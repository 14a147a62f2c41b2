// Narrow ops on pairs and their parts: key_by, keys, values, map_values, flat_map_values.
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/rdd/carried_part.hpp"
#include "kindred/rdd/each_part.hpp"
#include "kindred/rdd/function_op.hpp"

namespace kindred {

namespace detail {

template <class F, class Next>
struct MapValuesStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return with_given<F>(std::as_const(x).second, [&]<class Given>(Given&& given) {
      using Key = carried_part_t<decltype(x.first)>;
      using Value = std::remove_cvref_t<call_result_t<F, Given&&>>;
      return next(std::pair<Key, Value>(carried_part(std::as_const(x).first),
                                        call_from(*op, *function, std::forward<Given>(given))));
    });
  }
};
template <class Parent, class F>
struct MapValues : FunctionOp<Parent, F> {
  using Row = std::remove_reference_t<typename Parent::Passed>;
  using Passed =
      std::pair<carried_part_t<decltype(Row::first)>,
                std::remove_cvref_t<call_result_t<F, given_t<F, passed_value_t<Parent>>>>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<MapValuesStep>(partition, task, sink);
  }
  static MapValues decode(LineageReader& in) {
    return MapValues::template decode_as<MapValues>(in);
  }
};

template <class F, class Next>
struct FlatMapValuesStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return with_given<F>(std::as_const(x).second, [&]<class Given>(Given&& given) {
      using Key = carried_part_t<decltype(x.first)>;
      using Result = call_result_t<F, Given&&>;
      auto&& range = call_from(*op, *function, std::forward<Given>(given));
      return for_each_element<Result>(*op, range, [&]<class Element>(Element&& element) {
        return next(std::pair<Key, std::remove_cvref_t<Element>>(
            carried_part(std::as_const(x).first), std::forward<Element>(element)));
      });
    });
  }
};
template <class Parent, class F>
struct FlatMapValues : FunctionOp<Parent, F> {
  using Row = std::remove_reference_t<typename Parent::Passed>;
  using Given = given_t<F, passed_value_t<Parent>>;
  using Passed = std::pair<carried_part_t<decltype(Row::first)>,
                           std::remove_cvref_t<range_element_t<call_result_t<F, Given>>>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<FlatMapValuesStep>(partition, task, sink);
  }
  static FlatMapValues decode(LineageReader& in) {
    return FlatMapValues::template decode_as<FlatMapValues>(in);
  }
};

template <class F, class Next>
struct KeyByStep {
  const F* function;
  const OpLabel* op;
  Next next;
  template <class X>
  bool operator()(X&& x) {
    return with_given<F>(std::as_const(x), [&]<class Given>(Given&& given) {
      using Key = std::remove_cvref_t<call_result_t<F, Given&&>>;
      return next(std::pair<Key, carried_part_t<X>>(
          call_from(*op, *function, std::forward<Given>(given)), carried_part(std::as_const(x))));
    });
  }
};
template <class Parent, class F>
struct KeyBy : FunctionOp<Parent, F> {
  using Row = std::remove_reference_t<typename Parent::Passed>;
  using Passed =
      std::pair<std::remove_cvref_t<call_result_t<F, given_t<F, const Row&>>>, carried_part_t<Row>>;
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return this->template run_step<KeyByStep>(partition, task, sink);
  }
  static KeyBy decode(LineageReader& in) { return KeyBy::template decode_as<KeyBy>(in); }
};

/// Passes one part of each pair: 0 for keys, 1 for values.
template <class Parent, std::size_t part>
struct Part : LabelledOp<Parent> {
  using Passed = decltype(std::get<part>(std::declval<typename Parent::Passed>()));

  template <class Next>
  struct Step {
    Next next;
    template <class X>
    bool operator()(X&& x) {
      return next(std::get<part>(std::forward<X>(x)));
    }
  };
  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    return run_through(this->parent, partition, task, Step<Sink>{sink}, sink);
  }
  void encode(LineageWriter& out) const { this->parent.encode(out); }
  static Part decode(LineageReader& in) {
    auto parent = Parent::decode(in);
    return {{std::move(parent), std::make_shared<const OpLabel>(in.label())}};
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class ValueOps;

template <class T, class P>
class ValueOps<Rdd<T, P>> {
 public:
  /// Gives (f(x), x) for each element x. Lazy; narrow. What f captures travels to the executors.
  ///     people.key_by([](const Person& person) { return person.city; })
  template <class F>
  auto key_by(F f, SourceLocation where = SourceLocation::current()) const {
    using Row = detail::passed_row_t<P>;
    constexpr bool copyable = detail::each_part<std::is_copy_constructible, T>;
    static_assert(copyable,
                  "key_by: the elements must be copyable, and a type that can only be moved, as "
                  "std::unique_ptr, is not: map() to the value itself before");
    if constexpr (!copyable || !detail::check_function<F, Row>()) {
      return self();
    } else {
      constexpr bool gives = !std::is_void_v<detail::call_result_t<F, Row>>;
      static_assert(gives, "key_by: this function must return the element's key");
      if constexpr (gives) {
        return detail::with_function<detail::KeyBy<P, F>>(self(), std::move(f), "key_by", where,
                                                          {});
      } else {
        return self();
      }
    }
  }

  /// The first part of each pair. Lazy; narrow.
  ///     counts.keys().collect()
  auto keys(SourceLocation where = SourceLocation::current()) const {
    return part<0>("keys", where);
  }
  /// The second part of each pair. Lazy; narrow.
  ///     counts.values().sum()
  auto values(SourceLocation where = SourceLocation::current()) const {
    return part<1>("values", where);
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
    } else if constexpr (!detail::check_function<F, detail::passed_value_t<P>>()) {
      return self();
    } else if constexpr (std::is_void_v<detail::call_result_t<F, detail::passed_value_t<P>>>) {
      static_assert(!std::is_void_v<detail::call_result_t<F, detail::passed_value_t<P>>>,
                    "map_values: this function returns nothing: for_each() is the action for that");
      return self();
    } else {
      return detail::with_function<detail::MapValues<P, F>>(self(), std::move(f), "map_values",
                                                            where, self().partitioning());
    }
  }

  /// Gives (key, y) for each y of the range `f(value)`, for each pair: a container or a view. Lazy;
  /// narrow; keeps the partitioner.
  ///     pages.flat_map_values([](std::string_view text) { return kindred::split(text); })
  template <class F>
  auto flat_map_values(F f, SourceLocation where = SourceLocation::current()) const {
    static_assert(
        detail::is_pair<T>,
        "flat_map_values() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return self();
    } else if constexpr (!detail::check_function<F, detail::passed_value_t<P>>()) {
      return self();
    } else {
      using Result = std::remove_cvref_t<detail::call_result_t<F, detail::passed_value_t<P>>>;
      constexpr bool range = detail::is_range<Result>;
      static_assert(range,
                    "flat_map_values: this function must return a range: a container or a view");
      if constexpr (range) {
        return detail::with_function<detail::FlatMapValues<P, F>>(
            self(), std::move(f), "flat_map_values", where, self().partitioning());
      } else {
        return self();
      }
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <std::size_t index>
  auto part(const char* op, const SourceLocation& where) const {
    static_assert(detail::is_pair<T>,
                  "keys() and values() need elements that are std::pair: map() to (key, value), or "
                  "key_by(), before");
    if constexpr (detail::is_pair<T>) {
      using Op = detail::Part<P, index>;
      return Rdd<detail::element_t<Op>, Op>(self().session(),
                                            Op{{self().pipeline(), detail::make_label(op, where)}},
                                            self().partitions());
    } else {
      return self();
    }
  }
};

}  // namespace kindred
