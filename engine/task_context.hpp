// What a running task can reach.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/block_store.hpp"
#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/disk.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/shuffle_store.hpp"
#include "kindred/engine/storage_options.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/engine/task_accumulators.hpp"

namespace kindred {

/// The stores of one executor, shared by its tasks. Each member is safe to use from any thread.
struct ExecutorStores {
  ExecutorId self;
  MemoryRef memory;
  BlockStore blocks;
  ShuffleStore shuffles;
  BroadcastStore broadcasts;
  std::shared_ptr<RemoteBlocks> remote;  ///< null where no other executor has blocks
  std::shared_ptr<Disk> disk = local_disk();
  ShuffleStorage shuffle_storage = ShuffleStorage::memory;
};

/// The one task that a thread runs. Used by that thread alone, but for request_stop().
class TaskContext {
 public:
  TaskContext(ExecutorStores& stores, const MapOutputsList& inputs, StageId stage,
              PartitionId partition, std::uint32_t attempt)
      : stores_(stores), inputs_(inputs), stage_(stage), partition_(partition), attempt_(attempt) {}
  TaskContext(const TaskContext&) = delete;
  TaskContext& operator=(const TaskContext&) = delete;

  StageId stage() const { return stage_; }
  PartitionId partition() const { return partition_; }
  std::uint32_t attempt() const { return attempt_; }
  const MemoryRef& memory() const { return stores_.memory; }
  ExecutorStores& stores() { return stores_; }

  /// Where the map outputs of a shuffle are, by map partition, as of this stage attempt.
  const std::vector<ExecutorId>& locations(ShuffleId shuffle) const;

  /// Calls `use(map, const MapOutputRef&)` for each map partition of a shuffle, in their order,
  /// with its output where this executor has it, or null where another one has: then fetch() has
  /// its bucket. Stops, and returns false, when `use` does. Throws detail::FetchFailure where an
  /// output should be here and is not. What is here stays until it returns, even if it is dropped.
  template <class Use>
  bool for_each_output(ShuffleId shuffle, const Use& use) const {
    const auto& locations = this->locations(shuffle);
    const auto outputs = stores_.shuffles.outputs(shuffle);
    for (std::uint32_t i = 0; i < locations.size(); ++i) {
      check_stop();
      const PartitionId map{i};
      if (!use(map,
               locations[i] == stores_.self ? output_here(*outputs, shuffle, map) : no_output())) {
        return false;
      }
    }
    return true;
  }
  /// A piece of such an output that is on this executor's disk. Throws detail::FetchFailure where
  /// it was damaged there.
  std::string stored_piece(const DiskMapOutput& output, ShuffleId shuffle, PartitionId map,
                           std::size_t piece) const;
  /// The bytes of another executor's bucket. Throws detail::FetchFailure; OutOfMemoryError where
  /// there is no room for it here.
  std::unique_ptr<RemoteBlock> fetch(ShuffleId shuffle, PartitionId map, PartitionId reduce) const;
  /// Runs `read`, which reads what fetch() gave: what it throws means that the bucket cannot be
  /// had, and so becomes a detail::FetchFailure; a DecodeError, that the map output is damaged.
  template <class Read>
  auto reading(ShuffleId shuffle, PartitionId map, Read&& read) const {
    try {
      return read();
    } catch (...) {
      throw_unread(shuffle, map);
    }
  }

  /// Lists a block that the task put into the store, for its outcome.
  void note_cached(BlockId id) { cached_.push_back(id); }
  std::vector<BlockId> take_cached() { return std::move(cached_); }

  /// The value of a broadcast, which stays valid during the task. Throws what
  /// BroadcastStore::find() does.
  const void* broadcast(BroadcastId id, BroadcastStore::Decode decode) {
    for (const auto& [known, value] : broadcasts_) {
      if (known == id) return value.get();
    }
    return keep_broadcast(id, decode);
  }

  /// What the task added to accumulators so far.
  TaskAccumulators& accumulators() { return accumulators_; }

  /// Asks the task to end; it will at its next check_stop().
  void request_stop() { stop_.store(true, std::memory_order_relaxed); }
  /// Throws detail::TaskKilled once the task was asked to end. Sources call it from time to time.
  void check_stop() const {
    if (stop_.load(std::memory_order_relaxed)) [[unlikely]] {
      throw_killed();
    }
  }

 private:
  const MapOutputRef& output_here(const ShuffleOutputs& outputs, ShuffleId shuffle,
                                  PartitionId map) const;
  static const MapOutputRef& no_output();
  [[noreturn]] void throw_unread(ShuffleId shuffle, PartitionId map) const;
  const void* keep_broadcast(BroadcastId id, BroadcastStore::Decode decode);
  [[noreturn]] static void throw_killed();
  [[noreturn]] void throw_fetch_failure(ShuffleId shuffle, PartitionId map, ExecutorId from,
                                        const char* why) const;

  ExecutorStores& stores_;
  const MapOutputsList& inputs_;
  StageId stage_;
  PartitionId partition_;
  std::uint32_t attempt_;
  std::vector<BlockId> cached_;
  TaskAccumulators accumulators_;
  std::vector<std::pair<BroadcastId, BroadcastStore::Value>> broadcasts_;
  std::atomic<bool> stop_{false};
};

/// The task that this thread runs, or null outside of one.
TaskContext* current_task();

namespace detail {

/// Makes `task` the thread's current one for its own lifetime.
class CurrentTask {
 public:
  explicit CurrentTask(TaskContext& task);
  CurrentTask(const CurrentTask&) = delete;
  CurrentTask& operator=(const CurrentTask&) = delete;
  ~CurrentTask();
};

}  // namespace detail
}  // namespace kindred
