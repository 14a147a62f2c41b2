// Actions that merge all elements into one value: reduce, fold, aggregate.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/number_actions.hpp"
#include "kindred/rdd/result.hpp"

namespace kindred {
namespace detail {

// Addition of integers has a neutral element, so that a loop need not ask whether there was a row
// before.
template <class F, class T>
inline constexpr bool is_plus = std::is_integral_v<T> && sizeof(T) >= sizeof(int) &&
                                (std::is_same_v<F, std::plus<>> || std::is_same_v<F, std::plus<T>>);

template <class T, class F>
struct Reduce : OptionalValue<T> {
  F combine;

  struct Sink {
    const F* combine;
    const OpLabel* op;
    std::optional<T> result;
    template <class X>
    bool operator()(X&& x) {
      if (result) {
        // Computed before it is assigned: the result may point into what it is made of.
        T next = combine_from<T>(*op, *combine, std::as_const(*result), std::forward<X>(x));
        *result = std::move(next);
      } else {
        result.emplace(own(std::forward<X>(x)));
      }
      return true;
    }
  };
  template <class P>
  std::optional<T> run(const P& pipeline, PartitionId partition, TaskContext& task,
                       const OpLabel& op) const {
    if constexpr (is_plus<F, T>) {
      AddSink<T> sink;
      pipeline.run(partition, task, sink);
      return sink.rows == 0 ? std::nullopt : std::optional<T>(static_cast<T>(sink.sum));
    } else {
      Sink sink{&combine, &op, {}};
      pipeline.run(partition, task, sink);
      return std::move(sink.result);
    }
  }
  void encode(LineageWriter& out) const { out.function(combine); }
  static Reduce decode(LineageReader& in) { return {{}, in.function<F>()}; }
};

// Whether heap_bytes() looks at one number only.
template <class U>
constexpr bool measured_at_once() {
  if constexpr (is_vector<U>) {
    return bitwise<typename U::value_type>;
  } else {
    return std::is_same_v<U, std::string>;
  }
}

/// A value that may grow with each row that is merged into it. Where measuring its heap takes a
/// walk through all of it, that is done each time the number of rows has doubled.
template <class U>
class GrowingValue {
 public:
  GrowingValue(U value, MemoryRef memory) : value_(std::move(value)), heap_(std::move(memory)) {
    account();
  }
  const U& value() const { return value_; }
  U take() { return std::move(value_); }
  void set(U value) {
    value_ = std::move(value);
    if (measured_at_once<U>() || std::has_single_bit(++merged_)) account();
  }
  void account() {
    if constexpr (!bitwise<U>) {
      const auto bytes = heap_bytes_of(value_);
      if (bytes > heap_.bytes()) heap_.add(bytes - heap_.bytes());
    }
  }

 private:
  U value_;
  Reservation heap_;
  std::uint64_t merged_ = 0;
};

// Whether a fold hands F the row as it is passed. A generic function of two values of one type is
// not: its body may not compile for a string and a view of one.
template <class F, class U, class X>
inline constexpr bool folds_passed = std::is_invocable_v<const F&, U, X>;
template <class F, class U, class X>
requires(std::is_same_v<owned_t<X>, U> && !std::is_same_v<std::remove_cvref_t<X>, U> &&
         !NotGeneric<F>) inline constexpr bool folds_passed<F, U, X> = false;

/// f(acc, x) as a U; acc is moved into f.
template <class F, class U, class X>
U fold_call(const F& f, U acc, X&& x) {
  if constexpr (folds_passed<F, U, X&&>) {
    return U(own(f(std::move(acc), std::forward<X>(x))));
  } else {
    const owned_t<X> row(own(std::forward<X>(x)));
    return U(own(f(std::move(acc), row)));
  }
}

// A number must not lose digits on its way back into the accumulator: a sum of doubles that starts
// from the int 0 would.
template <class From, class To>
concept Keeps = std::convertible_to<From, To> &&
    (!std::is_arithmetic_v<From> || !std::is_arithmetic_v<To> || requires(From x) { To{x}; });

/// True where F merges a U and an X into a U.
template <class F, class U, class X>
constexpr bool folds_row() {
  if constexpr (folds_passed<F, U, X>) {
    return Keeps<owned_t<std::invoke_result_t<const F&, U, X>>, U>;
  } else if constexpr (std::is_invocable_v<const F&, U, const owned_t<X>&>) {
    return Keeps<owned_t<std::invoke_result_t<const F&, U, const owned_t<X>&>>, U>;
  } else {
    return false;
  }
}

template <class U, class F>
struct FoldInto {
  U zero;
  F merge;

  struct Sink {
    const F* merge;
    const OpLabel* op;
    GrowingValue<U>* result;
    template <class X>
    bool operator()(X&& x) {
      result->set(
          guard(*op, [&] { return fold_call(*merge, result->take(), std::forward<X>(x)); }));
      return true;
    }
  };
  template <class P>
  GrowingValue<U> run(const P& pipeline, PartitionId partition, TaskContext& task,
                      const OpLabel& op) const {
    GrowingValue<U> result(zero, task.memory());
    Sink sink{&merge, &op, &result};
    pipeline.run(partition, task, sink);
    result.account();
    return result;
  }
  void encode(LineageWriter& out) const {
    out.value(zero);
    out.function(merge);
  }
  static FoldInto decode(LineageReader& in) {
    auto zero = in.value<U>();
    return {std::move(zero), in.function<F>()};
  }
  static void write(OutputArchive& out, const GrowingValue<U>& result) {
    write_value(out, result.value());
  }
  static GrowingValue<U> read(InputArchive& in, const MemoryRef& memory) {
    U value{};
    read_value(in, value);
    return {std::move(value), memory};
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class FoldActions;

template <class T, class P>
class FoldActions<Rdd<T, P>> {
 public:
  /// All elements merged by `combine(T, T) -> T`, which must be associative; it need not be
  /// commutative, since elements and partitions are merged in their order. Runs a job. What it
  /// captures travels. Throws EmptyRddError for no elements.
  ///     auto longest = lengths.reduce([](int a, int b) { return std::max(a, b); });
  template <class Combine>
  T reduce(Combine combine, SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_portable<Combine>() || !detail::check_element<T>()) {
      return T();
    } else if constexpr (!detail::combines<Combine, T>) {
      static_assert(detail::combines<Combine, T>,
                    "reduce: combine(T, T) must take two elements and give one of the same type; "
                    "map() the elements "
                    "to the type of the result first");
      return T();
    } else {
      const auto label = detail::make_label("reduce", where);
      detail::check_captures(combine, *label);
      std::optional<T> result;
      for (const auto& value :
           detail::run_action(self(), detail::Reduce<T, Combine>{{}, combine}, label)) {
        if (!*value) continue;
        result = !result ? T(**value) : detail::call_in_driver(*label, [&] {
          return T(combine(std::as_const(*result), **value));
        });
      }
      if (!result) detail::throw_empty(*label);
      return std::move(*result);
    }
  }

  /// All elements merged by `combine(T, T) -> T`, starting from `zero`: once in each partition and
  /// once more where the driver merges the partitions, as in Spark; so `zero` should change nothing
  /// (0 for a sum, 1 for a product). Merges in order: combine must be associative, not commutative.
  /// Runs a job; zero and what combine captures travel. Gives zero for no elements.
  ///     auto product = numbers.fold(1, std::multiplies<>{});
  template <class Combine>
  T fold(std::type_identity_t<T> zero, Combine combine,
         SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_portable<Combine>() || !detail::check_element<T>()) {
      return zero;
    } else if constexpr (!detail::folds_row<Combine, T, typename P::Passed>() ||
                         !detail::folds_row<Combine, T, const T&>()) {
      static_assert(detail::folds_row<Combine, T, typename P::Passed>() &&
                        detail::folds_row<Combine, T, const T&>(),
                    "fold: combine(T, T) must take two elements and give one of the same type; "
                    "aggregate() gives another type");
      return zero;
    } else {
      return folded(std::move(zero), combine, combine, detail::make_label("fold", where));
    }
  }

  /// The elements of each partition merged by `add(U, element) -> U`, then the partitions, in their
  /// order, by `merge(U, U) -> U`. `zero`, a U, is where each partition starts, and once more the
  /// driver, as in Spark; so it should change nothing. The U is moved into add and merge: take it
  /// by value, change it and give it back. Runs a job; zero and what the functions capture travel.
  /// Gives zero for no elements.
  ///     auto letters = words.aggregate(std::size_t{0}, [](std::size_t n, std::string_view word) {
  ///       return n + word.size(); }, std::plus<>{});
  template <class Zero, class Add, class Merge>
  auto aggregate(Zero zero, Add add, Merge merge,
                 SourceLocation where = SourceLocation::current()) const {
    using U = owned_t<Zero>;
    if constexpr (!detail::check_portable<Add>() || !detail::check_portable<Merge>() ||
                  !detail::check_element<U>()) {
      return U();
    } else if constexpr (!detail::folds_row<Add, U, typename P::Passed>()) {
      static_assert(detail::folds_row<Add, U, typename P::Passed>(),
                    "aggregate: add(U, element) must take a U, the type of zero, and an element, "
                    "and give a U; a number must not be narrowed to it: 0 is an int, so write "
                    "0.0 or std::int64_t{0}");
      return U();
    } else if constexpr (!detail::folds_row<Merge, U, const U&>()) {
      static_assert(detail::folds_row<Merge, U, const U&>(),
                    "aggregate: merge(U, U) must take two values of the type of zero and give one");
      return U();
    } else {
      return folded(U(std::move(zero)), std::move(add), merge,
                    detail::make_label("aggregate", where));
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class U, class Add, class Merge>
  U folded(U zero, Add add, const Merge& merge, const detail::LabelRef& label) const {
    detail::check_captures(add, *label);
    detail::check_captures(merge, *label);
    detail::GrowingValue<U> all(zero, self().session()->memory());
    const auto values = detail::run_action(
        self(), detail::FoldInto<U, Add>{std::move(zero), std::move(add)}, label);
    for (const auto& value : values) {
      all.set(detail::call_in_driver(
          *label, [&] { return detail::fold_call(merge, all.take(), value->value()); }));
    }
    return all.take();
  }
};

}  // namespace kindred
