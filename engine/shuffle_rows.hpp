// The typed form of a map output, and how a reduce task reads it: rows are handed over as they are
// inside a process, and as bytes between processes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/arrived_rows.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/engine/shuffle_store.hpp"
#include "kindred/engine/task_context.hpp"

namespace kindred {

/// A map output: one bucket of rows for each reduce partition. Throws OutOfMemoryError where there
/// is no memory for so many.
template <class Row>
class Buckets : public MapOutput {
 public:
  Buckets(std::uint32_t partitions, const MemoryRef& memory)
      : buckets_(Accounted<Rows<Row>>(memory)) {
    try {
      buckets_.reserve(partitions);
    } catch (const OutOfMemoryError& refused) {
      throw OutOfMemoryError("a map output has a bucket for each of " + std::to_string(partitions) +
                             " partitions, fewer of which need less memory: " + refused.what());
    }
    for (std::uint32_t i = 0; i < partitions; ++i) buckets_.emplace_back(memory);
  }

  Rows<Row>& operator[](std::uint32_t partition) { return buckets_[partition]; }
  const Rows<Row>& operator[](std::uint32_t partition) const { return buckets_[partition]; }

  std::vector<std::uint64_t> bucket_bytes() const override {
    std::vector<std::uint64_t> bytes;
    bytes.reserve(buckets_.size());
    for (const auto& bucket : buckets_) bytes.push_back(bucket.bytes());
    return bytes;
  }
  std::string encode(PartitionId reduce) const override {
    std::string bytes;
    OutputArchive archive(bytes);
    write_rows(archive, find(reduce));
    return bytes;
  }
  BlockBytes bytes(PartitionId reduce) const override {
    if constexpr (bitwise<Row>) {
      return rows_in_place(find(reduce));
    } else {
      return MapOutput::bytes(reduce);
    }
  }

 private:
  const Rows<Row>& find(PartitionId reduce) const {
    if (reduce.value >= buckets_.size())
      throw DecodeError("a bucket was asked for that the map output does not have");
    return buckets_[reduce.value];
  }

  AccountedVector<Rows<Row>> buckets_;
};

/// Calls `use(std::span<const Row>)` with the rows of the bucket of `reduce` of every map output,
/// in map order: the order in which blocks are merged, and so the result, does not depend on who
/// computed what when. The rows stay where they are: other attempts and later jobs read them again.
/// Stops, and returns false, when `use` does.
template <class Row, class Use>
bool for_each_bucket(TaskContext& task, ShuffleId shuffle, PartitionId reduce, Use&& use) {
  const auto maps = static_cast<std::uint32_t>(task.locations(shuffle).size());
  for (std::uint32_t map = 0; map < maps; ++map) {
    task.check_stop();
    if (const auto local = task.local_output(shuffle, PartitionId{map})) {
      const auto& rows = (*std::static_pointer_cast<const Buckets<Row>>(local))[reduce.value];
      for (std::size_t i = 0; i < rows.chunks(); ++i) {
        if (!use(rows.chunk(i))) return false;
      }
      continue;
    }
    const auto block = task.fetch(shuffle, PartitionId{map}, reduce);
    ArrivedRows<Row> rows(*block, task.memory());
    while (true) {
      const auto some = task.reading(shuffle, PartitionId{map}, [&] { return rows.next(); });
      if (some.empty()) break;
      if (!use(some)) return false;
    }
  }
  return true;
}

}  // namespace kindred
