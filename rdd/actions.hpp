// Actions: what runs a job and brings something back. count, collect, take, first,
// is_empty, for_each, for_each_partition, show.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/rows.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/collected_rows.hpp"
#include "kindred/rdd/emit.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/partition_rows.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/show.hpp"

namespace kindred {
namespace detail {

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
    if constexpr (requires { pipeline.count_rows(partition, task); }) {
      return pipeline.count_rows(partition, task);
    } else {
      Sink sink;
      pipeline.run(partition, task, sink);
      return sink.rows;
    }
  }
  void encode(LineageWriter&) const {}
  static Count decode(LineageReader&) { return {}; }
  static std::uint64_t read(InputArchive& in, const MemoryRef&) {
    std::uint64_t rows = 0;
    read_value(in, rows);
    return rows;
  }
};

template <class F>
struct ForEach : NoValue {
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
  static ForEach decode(LineageReader& in) { return {{}, in.function<F>()}; }
};

template <class F>
struct ForEachPartition : NoValue {
  F function;

  template <class P>
  Nothing run(const P& pipeline, PartitionId partition, TaskContext& task,
              const OpLabel& op) const {
    Flow flow;
    PartitionRows<P> rows(pipeline, partition, task, flow);
    run_in_flow(op, flow, [&] { function(rows); });
    return {};
  }
  void encode(LineageWriter& out) const { out.function(function); }
  static ForEachPartition decode(LineageReader& in) { return {{}, in.function<F>()}; }
};

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
    for (const auto& value :
         detail::run_action(self(), detail::Count{}, detail::make_label("count", where)))
      rows += *value;
    return rows;
  }

  /// All elements, in the order of their partitions. Runs a job; they must fit in the driver's
  /// memory.
  ///     std::vector<std::int64_t> squares = context.range(0, 10).map(square).collect();
  std::vector<T> collect(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      constexpr auto kAll = ~std::uint64_t{0};
      return detail::joined_rows(detail::run_action(self(), detail::Take<T>{{}, kAll},
                                                    detail::make_label("collect", where)),
                                 memory());
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

  /// Whether there is no element. Runs jobs as take(1) does.
  ///     if (errors.is_empty()) return 0;
  bool is_empty(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_element<T>()) {
      return take_as("is_empty", 1, where).empty();
    } else {
      return true;
    }
  }

  /// Calls `f(x)` for each element, on the executors: what it changes there is not seen here. Runs
  /// a job.
  ///     lines.for_each([](std::string_view line) { send(line); });
  template <class F>
  void for_each(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_function<F, typename P::Passed>()) {
      const auto label = detail::make_label("for_each", where);
      detail::check_captures(f, *label);
      detail::run_action(self(), detail::ForEach<F>{{}, std::move(f)}, label);
    }
  }

  /// Calls `f(partition)` once for each partition, empty ones too, on the executors: for what is
  /// worth doing once for many rows, like opening a connection. `partition.for_each(g)` pushes the
  /// rows, `partition.index()` is its number. Runs a job; what f captures travels, what g captures
  /// does not, so that it may capture by reference. A task that is tried again calls f again.
  ///     lines.for_each_partition([](auto& partition) {
  ///       Connection connection;
  ///       partition.for_each([&](std::string_view line) { connection.send(line); });
  ///     });
  template <class F>
  void for_each_partition(F f, SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_portable<F>()) {
      // Not std::is_invocable: each of its layers is a line before the rule in a user's error.
      constexpr bool takes = requires(const F& function, PartitionRows<P>& rows) {
        function(rows);
      };
      static_assert(takes,
                    "for_each_partition: this function must take a partition by reference: write "
                    "[](auto& partition) { partition.for_each([&](auto& row) {...}); }");
      if constexpr (takes) {
        const auto label = detail::make_label("for_each_partition", where);
        detail::check_captures(f, *label);
        detail::run_action(self(), detail::ForEachPartition<F>{{}, std::move(f)}, label);
      }
    }
  }

  /// Prints the first `n` elements to standard output, their parts in aligned columns; types of
  /// your own by their operator<< or to_string(). Runs jobs as take(n) does.
  ///     means.show(35, {"year", "mean age"});
  void show(std::size_t n = 20, const std::vector<std::string>& columns = {},
            SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::has_text<T>(),
                  "show: the elements have no text: give the type an operator<<(std::ostream&, "
                  "const T&) or a to_string(const T&), or map() to what is to be shown before");
    if constexpr (detail::has_text<T>() && detail::check_element<T>()) {
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
  const MemoryRef& memory() const { return self().session()->memory(); }

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
      const auto parts = detail::run_action(self(), detail::Take<T>{{}, left},
                                            detail::make_label(op, where), std::move(partitions));
      auto rows = detail::joined_rows(parts, memory(), left);
      std::move(rows.begin(), rows.end(), std::back_inserter(taken));
      count *= kGrowth;
    }
    return taken;
  }
};

}  // namespace kindred
