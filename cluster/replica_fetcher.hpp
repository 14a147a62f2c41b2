// Inside cluster/ only: how an executor gets copies of other executors' cached blocks.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/engine/block_store.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred::cluster {

/// Fetches blocks into a store, one after the other on a thread of its own: tasks do not wait for
/// copies, and copies take no more than one core from them. Safe to use from any thread.
class ReplicaFetcher {
 public:
  /// Called on that thread, once for each copy that was not dropped; `why_not` is empty where it is
  /// in the store.
  using Ended = std::function<void(ReplicaId, const std::string& why_not)>;

  /// `store` must live longer.
  ReplicaFetcher(BlockStore& store, MemoryRef memory, std::shared_ptr<BlockClient> client,
                 Ended ended);
  ReplicaFetcher(const ReplicaFetcher&) = delete;
  ReplicaFetcher& operator=(const ReplicaFetcher&) = delete;
  /// Waits for the copy that is under way: let its fetch fail first.
  ~ReplicaFetcher();

  void fetch(const Replicate& wanted);
  /// Drops the blocks of an RDD from the store, and the copies that are not there yet.
  void drop(RddId rdd);

 private:
  void work();
  void check_room(std::size_t bytes) const;
  std::string copy(const Replicate& wanted);

  BlockStore& store_;
  const MemoryRef memory_;
  const std::shared_ptr<BlockClient> client_;
  const Ended ended_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Replicate> queue_;     // guarded by mutex_
  std::optional<RddId> under_way_;  // guarded by mutex_; empty, too, where that was dropped
  bool stopping_ = false;           // guarded by mutex_
  std::thread thread_;
};

}  // namespace kindred::cluster
