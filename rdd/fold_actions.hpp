// Actions that merge all elements into one value: reduce, sum.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/result.hpp"

namespace kindred {
namespace detail {

/// What a sum is kept in: 64 bits for integers (they wrap around), double for floating point, T
/// itself for other types.
template <class T>
using sum_t =
    std::conditional_t<std::is_integral_v<T>,
                       std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>,
                       std::conditional_t<std::is_floating_point_v<T>, double, T>>;

template <class S, class X>
S add(const S& a, const X& b) {
  if constexpr (std::is_same_v<S, std::int64_t>) {
    return static_cast<S>(static_cast<std::uint64_t>(a) +
                          static_cast<std::uint64_t>(static_cast<S>(b)));
  } else {
    return a + static_cast<S>(b);
  }
}

/// Adds up integers. The number of rows tells none from a sum of 0. It is counted in sum() too:
/// with two things to do for each row, g++ keeps the branch of a filter before it, where it would
/// make the sum a chain of conditional moves, a fifth slower.
template <class T>
struct AddSink {
  std::make_unsigned_t<T> sum = 0;
  std::uint64_t rows = 0;
  bool operator()(const T& x) {
    sum += static_cast<std::make_unsigned_t<T>>(x);
    ++rows;
    return true;
  }
};

template <class T>
struct Sum : PlainValue {
  using S = sum_t<T>;
  struct Sink {
    S sum{};
    template <class X>
    bool operator()(X&& x) {
      sum = add<S>(sum, std::forward<X>(x));
      return true;
    }
  };
  template <class P>
  S run(const P& pipeline, PartitionId partition, TaskContext& task, const OpLabel&) const {
    if constexpr (std::is_integral_v<S>) {
      AddSink<S> sink;
      pipeline.run(partition, task, sink);
      return sink.rows == 0 ? S{} : static_cast<S>(sink.sum);
    } else {
      Sink sink;
      pipeline.run(partition, task, sink);
      return sink.sum;
    }
  }
  void encode(LineageWriter&) const {}
  static Sum decode(LineageReader&) { return {}; }
  static S read(InputArchive& in, const MemoryRef&) {
    S sum{};
    read_value(in, sum);
    return sum;
  }
};

// Addition of integers has a neutral element, so that a loop need not ask whether there was a row
// before.
template <class F, class T>
inline constexpr bool is_plus = std::is_integral_v<T> && sizeof(T) >= sizeof(int) &&
                                (std::is_same_v<F, std::plus<>> || std::is_same_v<F, std::plus<T>>);

template <class T, class F>
struct Reduce : PlainValue {
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
  static std::optional<T> read(InputArchive& in, const MemoryRef&) {
    std::optional<T> result;
    read_value(in, result);
    return result;
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

  /// The sum of all elements: 64 bits wide for integers (it wraps around), double for floating
  /// point; 0 for none. Partitions are added in their order, so that the last bit is the same in
  /// every run. Runs a job.
  ///     auto total = prices.sum();
  auto sum(SourceLocation where = SourceLocation::current()) const {
    static_assert(
        requires(const T& a) { a + a; } && !std::is_enum_v<T>,
        "sum: the elements cannot be added: map() to a number, or reduce()");
    using S = detail::sum_t<T>;
    S total{};
    if constexpr (requires(const T& a) { a + a; } && !std::is_enum_v<T>) {
      for (const auto& value :
           detail::run_action(self(), detail::Sum<T>{}, detail::make_label("sum", where))) {
        total = detail::add<S>(total, *value);
      }
    }
    return total;
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }
};

}  // namespace kindred
