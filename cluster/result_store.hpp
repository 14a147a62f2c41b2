// Results that are too large to travel with the news of a task's end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred::cluster {

/// A result of more bytes waits on its executor until the driver has read it.
inline constexpr std::size_t kMostResultAlong = std::size_t{1} << 20;
/// The driver reads it in pieces of so many bytes, so that it takes no more memory than arrives,
/// and other messages get in between.
inline constexpr std::size_t kResultPieceBytes = std::size_t{4} << 20;

/// The checksum of a result up to and with `piece`, from that of the pieces before it; 0 before the
/// first.
std::uint64_t add_to_checksum(std::uint64_t before, std::string_view piece);

/// The results of one executor that wait. Safe to use from any thread.
class ResultStore {
 public:
  explicit ResultStore(MemoryRef memory) : memory_(std::move(memory)) {}

  /// Keeps a task's result, and gives its checksum. Throws OutOfMemoryError.
  std::uint64_t keep(TaskId task, std::string bytes);
  /// The piece that begins at `offset`, or nothing where there is none.
  std::optional<std::string> piece(TaskId task, std::uint64_t offset) const;
  /// Drops a result, if it is here.
  void drop(TaskId task);
  std::size_t size() const;

 private:
  struct Kept {
    std::string bytes;
    Reservation held;
  };

  const MemoryRef memory_;
  mutable std::mutex mutex_;
  std::unordered_map<TaskId, std::shared_ptr<const Kept>> results_;  // guarded by mutex_
};

}  // namespace kindred::cluster
