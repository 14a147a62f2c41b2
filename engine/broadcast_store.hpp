// Broadcasts as an executor has them: values that the driver made, each decoded once however many
// tasks ask.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred {

/// A broadcast's bytes travel in pieces of this size, but for the last.
inline constexpr std::size_t kBroadcastPieceBytes = std::size_t{4} << 20;

/// One piece in its wire form (seal_block), and how many there are.
struct BroadcastPiece {
  std::uint32_t pieces = 0;
  std::shared_ptr<const std::string> sealed;
};

/// The broadcasts of a driver. Safe to use from any thread; both throw UsageError for one that was
/// destroyed or is not known.
class BroadcastOrigin {
 public:
  BroadcastOrigin() = default;
  BroadcastOrigin(const BroadcastOrigin&) = delete;
  BroadcastOrigin& operator=(const BroadcastOrigin&) = delete;
  virtual ~BroadcastOrigin() = default;

  /// The driver's own object.
  virtual std::shared_ptr<const void> value(BroadcastId id) = 0;
  virtual BroadcastPiece piece(BroadcastId id, std::uint32_t index) = 0;
};

class BroadcastStore;

/// Where an executor's store finds what it does not have. Safe to use from any thread.
class BroadcastSource {
 public:
  BroadcastSource() = default;
  BroadcastSource(const BroadcastSource&) = delete;
  BroadcastSource& operator=(const BroadcastSource&) = delete;
  virtual ~BroadcastSource() = default;

  /// The driver's own object where it is in this process, or null.
  virtual std::shared_ptr<const void> value(BroadcastId id) = 0;
  /// All of the broadcast's bytes; blocks until they are here. May give `store` the pieces for
  /// other executors. Throws UsageError for a broadcast that was destroyed, Error where its bytes
  /// could not be had.
  virtual AccountedString fetch(BroadcastId id, BroadcastStore& store, const MemoryRef& memory) = 0;
};

/// Safe to use from any thread.
class BroadcastStore {
 public:
  using Value = std::shared_ptr<const void>;
  using Decode = Value (*)(std::string_view bytes, const MemoryRef& memory);

  /// Before the first task.
  void set_source(std::shared_ptr<BroadcastSource> source) { source_ = std::move(source); }

  /// The value, fetched and decoded by whoever asks first; others wait. Throws what the source and
  /// `decode` throw; the next one to ask tries again.
  Value find(BroadcastId id, Decode decode, const MemoryRef& memory);
  /// Drops value and pieces; tasks that use the value keep it until they end.
  void drop(BroadcastId id);

  /// Keeps a piece for other executors while the broadcast is here or on its way. False where it is
  /// not, or there is no memory for it.
  bool keep_piece(BroadcastId id, std::uint32_t index, BroadcastPiece piece,
                  const MemoryRef& memory);
  /// The piece, or one without bytes.
  BroadcastPiece piece(BroadcastId id, std::uint32_t index) const;

 private:
  struct Entry {
    std::mutex mutex;  // held while the value is fetched; taken before the store's
    Value value;       // guarded by mutex
    std::map<std::uint32_t, BroadcastPiece> pieces;  // guarded by the store's mutex
    std::unique_ptr<Reservation> held;               // guarded by the store's mutex
  };

  std::shared_ptr<BroadcastSource> source_;
  mutable std::mutex mutex_;
  std::unordered_map<BroadcastId, std::shared_ptr<Entry>> entries_;  // guarded by mutex_
};

}  // namespace kindred
