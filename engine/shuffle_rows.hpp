// The typed form of a map output, and how a reduce task reads it: rows are handed over as they are
// inside a process, as bytes between processes, and as sealed pieces from disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/arrived_rows.hpp"
#include "kindred/engine/disk_map_output.hpp"
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
  void for_each_piece(PartitionId reduce,
                      const std::function<void(std::string_view)>& take) const override {
    RowPieces<Row, std::function<void(std::string_view)>> pieces(kPieceBytes, take);
    const auto& rows = buckets_[reduce.value];
    for (std::size_t i = 0; i < rows.chunks(); ++i) {
      for (const auto& row : rows.chunk(i)) pieces.add(row);
    }
    pieces.flush();
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

namespace detail {

template <class Row, class Use>
bool use_chunks(const Rows<Row>& rows, Use& use) {
  for (std::size_t i = 0; i < rows.chunks(); ++i) {
    if (!use(rows.chunk(i))) return false;
  }
  return true;
}

template <class Row, class Use>
bool read_stored(TaskContext& task, const DiskMapOutput& output, ShuffleId shuffle, PartitionId map,
                 PartitionId reduce, Use& use) {
  const auto [begin, end] = output.pieces(reduce);
  for (auto i = begin; i < end; ++i) {
    task.check_stop();
    if (!with_rows<Row>(task.stored_piece(output, shuffle, map, i), task.memory(),
                        [&](const Rows<Row>& rows) { return use_chunks(rows, use); })) {
      return false;
    }
  }
  return true;
}

template <class Row, class Use>
bool read_remote(TaskContext& task, ShuffleId shuffle, PartitionId map, PartitionId reduce,
                 Use& use) {
  const auto block = task.fetch(shuffle, map, reduce);
  ArrivedRows<Row> rows(*block, task.memory());
  while (true) {
    const auto some = task.reading(shuffle, map, [&] { return rows.next(); });
    if (some.empty()) return true;
    if (!use(some)) return false;
  }
}

}  // namespace detail

/// Calls `use(std::span<const Row>)` with the rows of the bucket of `reduce` of every map output,
/// in map order: the order in which blocks are merged, and so the result, does not depend on who
/// computed what when. The rows stay where they are: other attempts and later jobs read them again.
/// Stops, and returns false, when `use` does.
template <class Row, class Use>
bool for_each_bucket(TaskContext& task, ShuffleId shuffle, PartitionId reduce, Use&& use) {
  return task.for_each_output(shuffle, [&](PartitionId map, const MapOutputRef& local) {
    if (local == nullptr) return detail::read_remote<Row>(task, shuffle, map, reduce, use);
    if (const auto* stored = local->on_disk()) {
      return detail::read_stored<Row>(task, *stored, shuffle, map, reduce, use);
    }
    return detail::use_chunks(static_cast<const Buckets<Row>&>(*local)[reduce.value], use);
  });
}

}  // namespace kindred
