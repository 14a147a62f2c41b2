// Strong ids: an int that names a stage cannot be passed where one that names an executor is meant.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace kindred {

/// An id that only compares and hashes; `Tag` keeps ids of different things apart.
template <class Tag>
struct Id {
  std::uint64_t value = 0;
  friend auto operator<=>(const Id&, const Id&) = default;
};

using RddId = Id<struct RddTag>;
using ShuffleId = Id<struct ShuffleTag>;
using StageId = Id<struct StageTag>;
using JobId = Id<struct JobTag>;
using TaskId = Id<struct TaskTag>;  // one attempt at one partition of one stage
using ExecutorId = Id<struct ExecutorTag>;
using AccumulatorId = Id<struct AccumulatorTag>;
using BroadcastId = Id<struct BroadcastTag>;
using ReplicaId = Id<struct ReplicaTag>;  // one try to copy one block to one executor

/// The index of a partition in its RDD, from 0.
struct PartitionId {
  std::uint32_t value = 0;
  friend auto operator<=>(const PartitionId&, const PartitionId&) = default;
};

/// A partition of a persisted RDD, wherever it is stored.
struct BlockId {
  RddId rdd;
  PartitionId partition;
  friend auto operator<=>(const BlockId&, const BlockId&) = default;
};

}  // namespace kindred

template <class Tag>
struct std::hash<kindred::Id<Tag>> {
  std::size_t operator()(kindred::Id<Tag> id) const noexcept { return id.value; }
};
template <>
struct std::hash<kindred::PartitionId> {
  std::size_t operator()(kindred::PartitionId id) const noexcept { return id.value; }
};
template <>
struct std::hash<kindred::BlockId> {
  std::size_t operator()(kindred::BlockId id) const noexcept {
    return id.rdd.value * 1'000'003 + id.partition.value;
  }
};
