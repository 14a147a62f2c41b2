// Large buffers, kept for the next task: the first touch of fresh pages costs more than most work
// on them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

namespace kindred::detail {

/// Memory in whole huge pages. A buffer that is given back stays with the process, up to 1 GiB of
/// them, and is handed out again. Safe to use from any thread.
class LargeBuffers {
 public:
  /// From this size on a buffer is worth its own pages.
  static constexpr std::size_t kSmallest = std::size_t{1} << 21;

  LargeBuffers() = default;
  LargeBuffers(const LargeBuffers&) = delete;
  LargeBuffers& operator=(const LargeBuffers&) = delete;
  ~LargeBuffers();

  /// At least `bytes`, aligned to a huge page. Throws std::bad_alloc.
  void* take(std::size_t bytes);
  /// Gives back what take() gave for the same number of bytes.
  void give_back(void* memory, std::size_t bytes) noexcept;
  /// Gives kept buffers back to the system until they are `bytes` at most.
  void keep_at_most(std::uint64_t bytes) noexcept;
  /// The bytes of all kept buffers.
  std::uint64_t kept() const;

 private:
  mutable std::mutex mutex_;
  std::multimap<std::size_t, void*> kept_;  // by size; guarded by mutex_
  std::size_t kept_bytes_ = 0;              // guarded by mutex_
};

}  // namespace kindred::detail
