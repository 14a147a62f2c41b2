#include "kindred/engine/broadcast_store.hpp"

#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred {

BroadcastStore::Value BroadcastStore::find(BroadcastId id, Decode decode, const MemoryRef& memory) {
  if (source_ == nullptr) throw UsageError("this executor can reach no broadcasts");
  if (auto value = source_->value(id)) return value;
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    auto& place = entries_[id];
    if (place == nullptr) place = std::make_shared<Entry>();
    entry = place;
  }
  const std::lock_guard one_at_a_time(entry->mutex);
  if (entry->value == nullptr) {
    try {
      entry->value = decode(source_->fetch(id, *this, memory), memory);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      entry->pieces.clear();
      entry->held.reset();
      throw;
    }
  }
  return entry->value;
}

void BroadcastStore::drop(BroadcastId id) {
  std::shared_ptr<Entry> dropped;  // freed after the lock is given back
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  dropped = std::move(found->second);
  entries_.erase(found);
}

bool BroadcastStore::keep_piece(BroadcastId id, std::uint32_t index, BroadcastPiece piece,
                                const MemoryRef& memory) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  auto& entry = *found->second;
  if (entry.pieces.contains(index)) return true;
  try {
    if (entry.held == nullptr) entry.held = std::make_unique<Reservation>(memory);
    entry.held->add(piece.sealed->size());
  } catch (const OutOfMemoryError&) {
    return false;
  }
  entry.pieces.emplace(index, std::move(piece));
  return true;
}

BroadcastPiece BroadcastStore::piece(BroadcastId id, std::uint32_t index) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return {};
  const auto piece = found->second->pieces.find(index);
  return piece == found->second->pieces.end() ? BroadcastPiece{} : piece->second;
}

}  // namespace kindred
