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

#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/fold_call.hpp"
#include "kindred/rdd/number_actions.hpp"
#include "kindred/rdd/result.hpp"

namespace kindred {
namespace detail {

// A loop that adds integers from 0 on need not ask whether there was a row before.
template <class F, class T>
inline constexpr bool adds_integers = adds_numbers<F, T>&& std::is_integral_v<T> &&
                                      sizeof(T) >= sizeof(int);

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
        *result = fold_from(*op, *combine, std::move(*result), std::forward<X>(x));
      } else {
        result.emplace(own(std::forward<X>(x)));
      }
      return true;
    }
  };
  template <class P>
  std::optional<T> run(const P& pipeline, PartitionId partition, TaskContext& task,
                       const OpLabel& op) const {
    if constexpr (adds_integers<F, T>) {
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
    if (heap_known_at_once<U> || std::has_single_bit(++merged_)) account();
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
      result->set(fold_from(*op, *merge, result->take(), std::forward<X>(x)));
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
    } else if constexpr (!folds_elements<Combine>()) {
      static_assert(folds_elements<Combine>(),
                    "reduce: combine(T, T) must take two elements and give one of the same type; "
                    "map() the elements to the type of the result first");
      return T();
    } else if constexpr (!detail::check_fold_keeps_numbers<Combine, T, const T&>()) {
      return T();
    } else {
      const auto label = detail::make_label("reduce", where);
      detail::check_captures(combine, *label);
      std::optional<T> result;
      for (const auto& value :
           detail::run_action(self(), detail::Reduce<T, Combine>{{}, combine}, label)) {
        if (!*value) continue;
        result = !result ? T(**value) : detail::call_in_driver(*label, [&] {
          return detail::fold_call(combine, std::move(*result), std::as_const(**value));
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
    } else if constexpr (!folds_elements<Combine>()) {
      static_assert(folds_elements<Combine>(),
                    "fold: combine(T, T) must take two elements and give one of the same type; "
                    "aggregate() gives another type");
      return zero;
    } else if constexpr (!detail::check_fold_keeps_numbers<Combine, T, const T&>()) {
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
    } else if constexpr (!detail::folds<Add, U, typename P::Passed>) {
      static_assert(detail::folds<Add, U, typename P::Passed>,
                    "aggregate: add(U, element) must take a U, the type of zero, and an element, "
                    "and give a U");
      return U();
    } else if constexpr (!detail::folds<Merge, U, const U&>) {
      static_assert(detail::folds<Merge, U, const U&>,
                    "aggregate: merge(U, U) must take two values of the type of zero and give one");
      return U();
    } else if constexpr (!detail::check_fold_keeps_numbers<Add, U, typename P::Passed>() ||
                         !detail::check_fold_keeps_numbers<Merge, U, const U&>()) {
      return U();
    } else {
      return folded(U(std::move(zero)), std::move(add), merge,
                    detail::make_label("aggregate", where));
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  /// Whether Combine merges elements, as they are passed and at rest, into one.
  template <class Combine>
  static constexpr bool folds_elements() {
    return detail::folds<Combine, T, typename P::Passed> && detail::folds<Combine, T, const T&>;
  }

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
