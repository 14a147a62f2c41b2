// Actions on numbers: sum, mean.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

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

/// What a mean is made of. Integers are added up in 128 bits, which no number of rows overflows.
template <class T>
struct MeanParts {
  using S = std::conditional_t<std::is_integral_v<T>, __int128, double>;
  S sum = 0;
  std::uint64_t rows = 0;
};

template <class T>
struct Mean {
  struct Sink {
    MeanParts<T> parts;
    bool operator()(const T& x) {
      parts.sum += static_cast<typename MeanParts<T>::S>(x);
      ++parts.rows;
      return true;
    }
  };
  template <class P>
  MeanParts<T> run(const P& pipeline, PartitionId partition, TaskContext& task,
                   const OpLabel&) const {
    Sink sink;
    pipeline.run(partition, task, sink);
    return sink.parts;
  }
  void encode(LineageWriter&) const {}
  static Mean decode(LineageReader&) { return {}; }
  static void write(OutputArchive& out, const MeanParts<T>& parts) {
    out.saveBinary(&parts.sum, sizeof parts.sum);
    out(parts.rows);
  }
  static MeanParts<T> read(InputArchive& in, const MemoryRef&) {
    MeanParts<T> parts;
    in.loadBinary(&parts.sum, sizeof parts.sum);
    in(parts.rows);
    return parts;
  }
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class NumberActions;

template <class T, class P>
class NumberActions<Rdd<T, P>> {
 public:
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

  /// The mean of all elements, which must be numbers: exact sum of integers, sum of doubles in the
  /// order of sum(), divided once. Runs a job. Throws EmptyRddError for no elements, of which Spark
  /// says that their mean is 0.
  ///     auto age = people.map([](const Person& person) { return person.age; }).mean();
  double mean(SourceLocation where = SourceLocation::current()) const {
    static_assert(std::is_arithmetic_v<T>, "mean: the elements are no numbers: map() to one");
    if constexpr (std::is_arithmetic_v<T>) {
      const auto label = detail::make_label("mean", where);
      detail::MeanParts<T> all;
      for (const auto& parts : detail::run_action(self(), detail::Mean<T>{}, label)) {
        all.sum += parts->sum;
        all.rows += parts->rows;
      }
      if (all.rows == 0) detail::throw_empty(*label);
      return static_cast<double>(all.sum) / static_cast<double>(all.rows);
    } else {
      return 0;
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }
};

}  // namespace kindred
