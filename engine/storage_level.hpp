// Where persist() keeps the elements of an Rdd.
#pragma once

#include <cstdint>

namespace kindred {

/// Where persist() keeps the elements of an Rdd, and on how many executors.
///     lines.map(parse).persist(kindred::StorageLevel::memory().replicated(2))
struct StorageLevel {
  bool in_memory = true;
  bool on_disk = false;
  std::uint32_t copies = 1;

  /// As objects in the memory of the executor that computed them: the level of persist() and
  /// cache(). Spark's MEMORY_ONLY.
  static constexpr StorageLevel memory() { return {}; }

  /// As bytes on the executor's disk, in the folder kindred.local_dir, a piece at a time: takes
  /// next to no memory. Spark's DISK_ONLY.
  static constexpr StorageLevel disk() { return {false, true}; }
  /// In memory, but for the partitions that come while more than half of the budget is in use or
  /// that the budget does not admit: those are on disk. Spark's MEMORY_AND_DISK; but what is in
  /// memory stays there.
  static constexpr StorageLevel memory_and_disk() { return {true, true}; }

  /// The same on `executors` executors, so that the loss of one costs no computation; on fewer
  /// where there are fewer, and so on one in local mode; 0 counts as 1. Copies are made after the
  /// tasks that compute, and no action waits for them (Context::wait_for_replicas does); what a
  /// lost executor had is copied again. Spark's levels that end in _2, with any number; there the
  /// task makes the copy, and copies again only with spark.storage.replication.proactive.
  constexpr StorageLevel replicated(std::uint32_t executors) const {
    return {in_memory, on_disk, executors < 1 ? 1 : executors};
  }

  friend bool operator==(const StorageLevel&, const StorageLevel&) = default;
};

}  // namespace kindred
