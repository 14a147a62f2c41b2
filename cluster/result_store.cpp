#include "kindred/cluster/result_store.hpp"

#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace kindred::cluster {

std::uint64_t add_to_checksum(std::uint64_t before, std::string_view piece) {
  return XXH3_64bits_withSeed(piece.data(), piece.size(), before);
}

std::uint64_t ResultStore::keep(TaskId task, std::string bytes) {
  Reservation held(memory_);
  held.add(bytes.size());
  std::uint64_t checksum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kResultPieceBytes) {
    checksum = add_to_checksum(checksum, std::string_view(bytes).substr(at, kResultPieceBytes));
  }
  auto kept = std::make_shared<const Kept>(Kept{std::move(bytes), std::move(held)});
  const std::lock_guard lock(mutex_);
  results_.insert_or_assign(task, std::move(kept));
  return checksum;
}

std::optional<std::string> ResultStore::piece(TaskId task, std::uint64_t offset) const {
  std::shared_ptr<const Kept> kept;  // copied from after the lock is given back
  {
    const std::lock_guard lock(mutex_);
    const auto found = results_.find(task);
    if (found == results_.end()) return std::nullopt;
    kept = found->second;
  }
  if (offset >= kept->bytes.size()) return std::nullopt;
  return kept->bytes.substr(offset, kResultPieceBytes);
}

void ResultStore::drop(TaskId task) {
  std::shared_ptr<const Kept> dropped;  // freed after the lock is given back
  const std::lock_guard lock(mutex_);
  const auto found = results_.find(task);
  if (found == results_.end()) return;
  dropped = std::move(found->second);
  results_.erase(found);
}

std::size_t ResultStore::size() const {
  const std::lock_guard lock(mutex_);
  return results_.size();
}

}  // namespace kindred::cluster
