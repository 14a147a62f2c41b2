// Actions: what runs a job and brings something back. count, first, take, collect, reduce, sum,
// for_each, show.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/show.hpp"

namespace kindred {
namespace detail {

/// For actions whose value is written like any other.
struct PlainValue {
  template <class Value>
  static void write(OutputArchive& out, const Value& value) {
    write_value(out, value);
  }
};

struct Count : PlainValue {
  struct Sink {
    std::uint64_t rows = 0;
    template <class X>
    bool operator()(X&&) {
      ++rows;
      return true;
    }
  };
  template <class P>
  std::uint64_t run(const P& pipeline, PartitionId partition, TaskContext& task,
                    const OpLabel&) const {
    Sink sink;
    pipeline.run(partition, task, sink);
    return sink.rows;
  }
  void encode(LineageWriter&) const {}
  static Count decode(LineageReader&) { return {}; }
  static std::uint64_t read(InputArchive& in, const MemoryRef&) {
    std::uint64_t rows = 0;
    read_value(in, rows);
    return rows;
  }
};

/// The rows of a partition, at most `limit` of them: then the source stops.
template <class T>
struct Take {
  std::uint64_t limit = 0;

  struct Sink {
    Rows<T>* rows;
    std::uint64_t left;
    template <class X>
    bool operator()(X&& x) {
      rows->push(T(own(std::forward<X>(x))));
      return --left > 0;
    }
  };
  template <class P>
  Rows<T> run(const P& pipeline, PartitionId partition, TaskContext& task, const OpLabel&) const {
    Rows<T> rows(task.memory());
    Sink sink{&rows, limit};
    pipeline.run(partition, task, sink);
    return rows;
  }
  void encode(LineageWriter& out) const { out.value(limit); }
  static Take decode(LineageReader& in) { return {in.value<std::uint64_t>()}; }
  static void write(OutputArchive& out, const Rows<T>& rows) { write_rows(out, rows); }
  static Rows<T> read(InputArchive& in, const MemoryRef& memory) {
    Rows<T> rows(memory);
    read_rows(in, rows);
    return rows;
  }
};

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

struct Nothing {};

template <class F>
struct ForEach {
  F function;

  struct Sink {
    const F* function;
    const OpLabel* op;
    template <class X>
    bool operator()(X&& x) {
      call_from(*op, *function, std::forward<X>(x));
      return true;
    }
  };
  template <class P>
  Nothing run(const P& pipeline, PartitionId partition, TaskContext& task,
              const OpLabel& op) const {
    Sink sink{&function, &op};
    pipeline.run(partition, task, sink);
    return {};
  }
  void encode(LineageWriter& out) const { out.function(function); }
  static ForEach decode(LineageReader& in) { return {in.function<F>()}; }
  static void write(OutputArchive&, Nothing) {}
  static Nothing read(InputArchive&, const MemoryRef&) { return {}; }
};

/// Throws the current exception on as a JobError of an op whose function the driver called. Inside
/// a catch block only.
[[noreturn]] void throw_driver_failure(const OpLabel& op);

/// Calls a user's function in the driver, where the values of partitions are merged.
template <class F>
auto call_in_driver(const OpLabel& op, const F& f) {
  try {
    return f();
  } catch (...) {
    throw_driver_failure(op);
  }
}

/// Throws EmptyRddError for an action that needs an element.
[[noreturn]] void throw_empty(const OpLabel& action);

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class Actions;

template <class T, class P>
class Actions<Rdd<T, P>> {
 public:
  /// The number of elements. Runs a job.
  ///     auto errors = lines.filter(is_error).count();
  std::uint64_t count(SourceLocation where = SourceLocation::current()) const {
    std::uint64_t rows = 0;
    for (const auto& value : partition_values(detail::Count{}, detail::make_label("count", where)))
      rows += *value;
    return rows;
  }

  /// All elements, in the order of their partitions. Runs a job; they must fit in the driver's
  /// memory.
  ///     std::vector<std::int64_t> squares = context.range(0, 10).map(square).collect();
  std::vector<T> collect(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      constexpr auto kAll = ~std::uint64_t{0};
      return rows_of(partition_values(detail::Take<T>{kAll}, detail::make_label("collect", where)));
    } else {
      return {};
    }
  }

  /// The first `n` elements, in the order of their partitions; fewer if there are no more. Runs one
  /// job over the first partition, then over four times as many as before, until it has enough; in
  /// each the source stops when it can.
  ///     auto sample = lines.take(5);
  std::vector<T> take(std::size_t n, SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      return take_as("take", n, where);
    } else {
      return {};
    }
  }

  /// The first element. Runs jobs as take(1) does. Throws EmptyRddError if there is none.
  ///     std::string header = lines.first();
  T first(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      auto rows = take_as("first", 1, where);
      if (rows.empty()) detail::throw_empty(*detail::make_label("first", where));
      return std::move(rows.front());
    } else {
      return T();
    }
  }

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
      for (const auto& value : partition_values(detail::Reduce<T, Combine>{{}, combine}, label)) {
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
           partition_values(detail::Sum<T>{}, detail::make_label("sum", where))) {
        total = detail::add<S>(total, *value);
      }
    }
    return total;
  }

  /// Calls `f(x)` for each element, on the executors: what it changes there is not seen here. Runs
  /// a job.
  ///     lines.for_each([](std::string_view line) { send(line); });
  template <class F>
  void for_each(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_function<F, typename P::Passed>()) {
      const auto label = detail::make_label("for_each", where);
      detail::check_captures(f, *label);
      partition_values(detail::ForEach<F>{std::move(f)}, label);
    }
  }

  /// Prints the first `n` elements to standard output, their parts in aligned columns. Runs jobs as
  /// take(n) does.
  ///     means.show(35, {"year", "mean age"});
  void show(std::size_t n = 20, const std::vector<std::string>& columns = {},
            SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      auto rows = take_as("show", n + (n < ~std::size_t{0} ? 1 : 0), where);
      const bool more = rows.size() > n;
      if (more) rows.pop_back();
      detail::ShownTable table(columns);
      for (const T& row : rows) detail::show_row(table, row);
      table.print(more);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class Action>
  auto result(Action action, detail::LabelRef label) const {
    const auto& session = self().session();
    return std::make_shared<detail::ResultNode<P, Action>>(session->next_id(), self().partitions(),
                                                           self().pipeline(), std::move(action),
                                                           std::move(label), session->memory());
  }
  template <class Action>
  auto partition_values(Action action, detail::LabelRef label) const {
    return detail::run_result(*self().session(), result(std::move(action), std::move(label)));
  }
  std::vector<T> rows_of(const std::vector<std::shared_ptr<const Rows<T>>>& partitions,
                         std::size_t limit = ~std::size_t{0}) const {
    std::size_t size = 0;
    for (const auto& rows : partitions) size += rows->size();
    size = std::min(size, limit);
    Reservation held(self().session()->memory());
    held.add(size * sizeof(T));
    std::vector<T> all;
    all.reserve(size);
    for (const auto& rows : partitions) {
      for (std::size_t i = 0; i < rows->chunks(); ++i) {
        const auto chunk = rows->chunk(i);
        const auto count = std::min(chunk.size(), size - all.size());
        all.insert(all.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
      }
    }
    return all;
  }
  std::vector<T> take_as(const char* op, std::size_t n, const SourceLocation& where) const {
    constexpr std::uint32_t kGrowth = 4;
    std::vector<T> taken;
    std::uint32_t next = 0;
    std::uint32_t count = 1;
    while (taken.size() < n && next < self().partitions()) {
      std::vector<PartitionId> partitions;
      for (; next < self().partitions() && partitions.size() < count; ++next)
        partitions.push_back(PartitionId{next});
      const auto left = n - taken.size();
      auto node = result(detail::Take<T>{left}, detail::make_label(op, where));
      auto rows = rows_of(detail::run_result(*self().session(), node, std::move(partitions)), left);
      std::move(rows.begin(), rows.end(), std::back_inserter(taken));
      count *= kGrowth;
    }
    return taken;
  }
};

}  // namespace kindred
