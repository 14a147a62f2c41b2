// The broadcasts of a session, without their types.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/node.hpp"

namespace kindred {

class Session;

namespace detail {

/// A broadcast as the driver has it. Safe to use from any thread.
class BroadcastState {
 public:
  using Value = std::shared_ptr<const void>;
  using Encode = std::string (*)(const void* value);

  /// `session` is asked to drop the executors' copies; `encode` is called when the first executor
  /// wants the bytes.
  BroadcastState(BroadcastId id, OpLabel label, Value value, Encode encode, MemoryRef memory,
                 std::weak_ptr<Session> session)
      : id_(id),
        label_(std::move(label)),
        encode_(encode),
        memory_(std::move(memory)),
        session_(std::move(session)),
        value_(std::move(value)) {}
  BroadcastState(const BroadcastState&) = delete;
  BroadcastState& operator=(const BroadcastState&) = delete;

  BroadcastId id() const { return id_; }
  const OpLabel& label() const { return label_; }
  /// These two throw UsageError where it was destroyed.
  Value value() const;
  BroadcastPiece piece(std::uint32_t index);

  /// Drops the executors' copies and the bytes.
  void unpersist();
  /// Drops all, at `where` in the program.
  void destroy(OpLabel where);

 private:
  void check_alive() const;  // under mutex_
  void drop_copies();

  const BroadcastId id_;
  const OpLabel label_;
  const Encode encode_;
  const MemoryRef memory_;
  const std::weak_ptr<Session> session_;
  mutable std::mutex mutex_;
  Value value_;                                             // guarded by mutex_
  std::vector<std::shared_ptr<const std::string>> pieces_;  // guarded by mutex_: once encoded
  std::unique_ptr<Reservation> held_;                       // guarded by mutex_: for pieces_
  std::optional<OpLabel> destroyed_;                        // guarded by mutex_
};

/// The broadcasts that a Context made: what its executors fetch.
class BroadcastStates final : public BroadcastOrigin {
 public:
  ~BroadcastStates() override;

  void add(std::shared_ptr<BroadcastState> state);
  std::shared_ptr<const void> value(BroadcastId id) override;
  BroadcastPiece piece(BroadcastId id, std::uint32_t index) override;

 private:
  std::shared_ptr<BroadcastState> find(BroadcastId id);

  std::mutex mutex_;
  std::map<BroadcastId, std::shared_ptr<BroadcastState>> states_;  // guarded by mutex_
};

/// The broadcast of a handle, outside of a task. Throws UsageError where its Context is gone, and
/// inside a task.
std::shared_ptr<BroadcastState> broadcast_of_driver(BroadcastId id, std::string_view member);

}  // namespace detail
}  // namespace kindred
