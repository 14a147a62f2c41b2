// How the pieces of broadcasts spread: the driver has all, executors pass on what they fetched.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "kindred/cluster/block_service.hpp"
#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/ids.hpp"

namespace kindred::cluster {

/// The driver's side: sends executors in turn to those that have a piece already and to its own.
class DriverPieces final : public Pieces {
 public:
  explicit DriverPieces(std::shared_ptr<BroadcastOrigin> origin) : origin_(std::move(origin)) {}

  Piece find(const FetchPiece& wanted, ExecutorId asker) override;
  void note(const HavePiece& piece, ExecutorId holder) override;
  /// The executor is gone: what it still had to say of pieces, on another connection, counts no
  /// more.
  void forget(ExecutorId executor);
  /// No executor has the broadcast any longer.
  void forget(BroadcastId broadcast);

 private:
  struct Holders {
    std::vector<ExecutorId> executors;
    std::size_t turn = 0;
  };

  const std::shared_ptr<BroadcastOrigin> origin_;
  std::mutex mutex_;
  std::map<std::pair<BroadcastId, std::uint32_t>, Holders> holders_;  // guarded by mutex_
  std::set<ExecutorId> gone_;                                         // guarded by mutex_
};

/// An executor's side, for the others.
class ExecutorPieces final : public Pieces {
 public:
  /// `store` must live longer.
  explicit ExecutorPieces(const BroadcastStore& store) : store_(store) {}

  Piece find(const FetchPiece& wanted, ExecutorId asker) override;
  void note(const HavePiece&, ExecutorId) override {}

 private:
  const BroadcastStore& store_;
};

/// Fetches for an executor's own store. A peer that is gone, or whose piece is damaged, is replaced
/// by the driver.
class BroadcastFetcher final : public BroadcastSource {
 public:
  BroadcastFetcher(ExecutorId self, std::shared_ptr<BlockClient> client)
      : self_(self), client_(std::move(client)) {}

  std::shared_ptr<const void> value(BroadcastId) override { return nullptr; }
  AccountedString fetch(BroadcastId id, BroadcastStore& store, const MemoryRef& memory) override;

 private:
  struct Fetched {
    std::string raw;
    BroadcastPiece piece;
  };
  Fetched fetch_piece(BroadcastId id, std::uint32_t index) const;
  Fetched open(Piece piece) const;

  const ExecutorId self_;
  const std::shared_ptr<BlockClient> client_;
};

/// For tasks in the driver's own process: its own objects.
class LocalBroadcasts final : public BroadcastSource {
 public:
  explicit LocalBroadcasts(std::shared_ptr<BroadcastOrigin> origin) : origin_(std::move(origin)) {}

  std::shared_ptr<const void> value(BroadcastId id) override { return origin_->value(id); }
  AccountedString fetch(BroadcastId, BroadcastStore&, const MemoryRef& memory) override {
    return AccountedString(Accounted<char>(memory));  // never asked for: there is a value
  }

 private:
  const std::shared_ptr<BroadcastOrigin> origin_;
};

}  // namespace kindred::cluster
