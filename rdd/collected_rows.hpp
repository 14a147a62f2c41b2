// Rows that tasks give back to the driver.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// For actions whose value is Rows<T>.
template <class T>
struct RowsValue {
  static void write(OutputArchive& out, const Rows<T>& rows) { write_rows(out, rows); }
  static Rows<T> read(InputArchive& in, const MemoryRef& memory) {
    Rows<T> rows(memory);
    read_rows(in, rows);
    return rows;
  }
};

/// The rows of a partition, at most `limit` of them: then the source stops.
template <class T>
struct Take : RowsValue<T> {
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
  static Take decode(LineageReader& in) { return {{}, in.value<std::uint64_t>()}; }
};

/// The first `limit` rows of some partitions as one vector.
template <class T>
std::vector<T> joined_rows(const std::vector<std::shared_ptr<const Rows<T>>>& partitions,
                           const MemoryRef& memory, std::size_t limit = ~std::size_t{0}) {
  std::size_t size = 0;
  for (const auto& rows : partitions) size += rows->size();
  size = std::min(size, limit);
  Reservation held(memory);
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

}  // namespace kindred::detail
