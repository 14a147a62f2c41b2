// Sources that need no file: ranges of numbers, and rows that the driver gives.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/owned.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/rdd/op_label.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// Where partition `p` of `count` begins, for `size` elements dealt out evenly.
inline std::uint64_t slice_begin(std::uint64_t size, std::uint64_t p, std::uint64_t count) {
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(size) * p / count);
}

/// The numbers from begin to end, without end.
struct Range {
  using Passed = std::int64_t;

  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::uint32_t partitions = 1;
  LabelRef op;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    constexpr std::int64_t kBlock = 1 << 20;  // between two looks at whether the task is to stop
    const auto size = static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin);
    // Unsigned, because a range may be longer than the greatest std::int64_t.
    const auto from = [&](std::uint64_t offset) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(begin) + offset);
    };
    auto at = from(slice_begin(size, partition.value, partitions));
    const auto last = from(slice_begin(size, partition.value + 1, partitions));
    while (at < last) {
      task.check_stop();
      const auto left = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(at);
      const auto stop = left > static_cast<std::uint64_t>(kBlock) ? at + kBlock : last;
      auto local = sink;  // in registers while the loop runs
      bool more = true;
      for (; at < stop; ++at) {
        more = local(at);
        if (!more) break;
      }
      sink = std::move(local);
      if (!more) return false;
    }
    return true;
  }
  void encode(LineageWriter& out) const {
    out.value(begin);
    out.value(end);
    out.value(partitions);
  }
  static Range decode(LineageReader& in) {
    Range range;
    range.begin = in.value<std::int64_t>();
    range.end = in.value<std::int64_t>();
    range.partitions = in.value<std::uint32_t>();
    range.op = std::make_shared<const OpLabel>(in.label());
    return range;
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& labels) const { labels.push_back(*op); }
};

/// The numbers first, first + step, first + 2 * step and so on.
struct SteppedRange {
  using Passed = std::int64_t;

  std::int64_t first = 0;
  std::int64_t step = 1;
  std::uint64_t size = 0;
  std::uint32_t partitions = 1;
  LabelRef op;

  /// Throws UsageError for a step of 0.
  static SteppedRange between(std::int64_t begin, std::int64_t end, std::int64_t step, LabelRef op);

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    constexpr std::uint64_t kBlock = 1 << 20;  // between two looks at whether the task is to stop
    auto at = slice_begin(size, partition.value, partitions);
    const auto last = slice_begin(size, partition.value + 1, partitions);
    while (at < last) {
      task.check_stop();
      const auto stop = at + std::min(kBlock, last - at);
      auto local = sink;  // in registers while the loop runs
      bool more = true;
      for (; at < stop && more; ++at) {
        // Unsigned, because the distance may be longer than the greatest std::int64_t.
        more = local(static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                               at * static_cast<std::uint64_t>(step)));
      }
      sink = std::move(local);
      if (!more) return false;
    }
    return true;
  }
  void encode(LineageWriter& out) const {
    out.value(first);
    out.value(step);
    out.value(size);
    out.value(partitions);
  }
  static SteppedRange decode(LineageReader& in) {
    SteppedRange range;
    range.first = in.value<std::int64_t>();
    range.step = in.value<std::int64_t>();
    range.size = in.value<std::uint64_t>();
    range.partitions = in.value<std::uint32_t>();
    range.op = std::make_shared<const OpLabel>(in.label());
    return range;
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& labels) const { labels.push_back(*op); }
};

/// Rows of the driver program. They travel with the stage to other processes, and stay where they
/// are inside this one.
template <class T>
struct Parallelized {
  using Passed = rest_passed_t<T>;

  std::shared_ptr<const std::vector<T>> rows;
  std::uint32_t partitions = 1;
  LabelRef op;

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    task.check_stop();
    const auto first = slice_begin(rows->size(), partition.value, partitions);
    const auto last = slice_begin(rows->size(), partition.value + 1, partitions);
    for (auto at = first; at < last; ++at) {
      if (!sink(pass((*rows)[at]))) return false;
    }
    return true;
  }
  void encode(LineageWriter& out) const {
    out.value(partitions);
    if (out.same_process()) {
      out.attach(rows);
    } else {
      out.value(*rows);
    }
  }
  static Parallelized decode(LineageReader& in) {
    Parallelized source;
    source.partitions = in.value<std::uint32_t>();
    source.rows = in.same_process()
                      ? std::static_pointer_cast<const std::vector<T>>(in.attachment())
                      : std::make_shared<const std::vector<T>>(in.value<std::vector<T>>());
    source.op = std::make_shared<const OpLabel>(in.label());
    return source;
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& labels) const { labels.push_back(*op); }
};

/// What parallelize() makes of the elements of a range: views are owned, and the key of a map is no
/// longer const.
template <class T>
struct ParallelizedElement {
  using type = owned_t<T>;
};
template <class K, class V>
struct ParallelizedElement<std::pair<const K, V>> {
  using type = std::pair<owned_t<K>, owned_t<V>>;
};

template <class Range>
using parallelized_t = typename ParallelizedElement<
    std::remove_cvref_t<decltype(*std::begin(std::declval<Range&>()))>>::type;

template <class T, class Range>
std::vector<T> owned_rows(Range& range) {
  std::vector<T> rows;
  for (auto&& row : range) rows.emplace_back(own(row));
  return rows;
}

/// The number of partitions for rows that take `bytes` in all and number `rows`: about 4 MiB each,
/// at least 4 where there are so many rows.
std::uint32_t default_partitions(std::uint64_t rows, std::uint64_t bytes);

}  // namespace kindred::detail
