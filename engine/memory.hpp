// Memory that grows with data is asked for here before it is taken, and given back after.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/large_buffers.hpp"

namespace kindred {

/// The budget of one process. Safe to use from any thread.
class MemoryManager {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

  explicit MemoryManager(std::uint64_t limit = kUnlimited) : limit_(limit) {}
  MemoryManager(const MemoryManager&) = delete;
  MemoryManager& operator=(const MemoryManager&) = delete;
  virtual ~MemoryManager();

  /// Takes `bytes` out of the budget. Throws OutOfMemoryError where it does not have them.
  void acquire(std::size_t bytes);
  /// Gives `bytes` back.
  void release(std::size_t bytes) noexcept;

  /// Memory for `bytes`, taken from the budget.
  void* allocate(std::size_t bytes, std::size_t alignment);
  void deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept;

  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  std::uint64_t limit() const { return limit_; }
  /// Large buffers that nobody uses, kept for the next task; together with used() within the limit.
  std::uint64_t kept() const { return large_.kept(); }

 private:
  /// Whether a request may be granted at all; tests refuse the n-th.
  virtual bool grants(std::size_t bytes);
  void keep_within_limit() noexcept;

  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> peak_{0};
  detail::LargeBuffers large_;
};
using MemoryRef = std::shared_ptr<MemoryManager>;

/// Bytes held for something that allocates by itself (strings inside rows, a sort's buffer).
class Reservation {
 public:
  explicit Reservation(MemoryRef memory) : memory_(std::move(memory)) {}
  Reservation(Reservation&& other) noexcept
      : memory_(std::move(other.memory_)),
        held_(std::exchange(other.held_, 0)),
        wanted_(std::exchange(other.wanted_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(held_, other.held_);
    std::swap(wanted_, other.wanted_);
    return *this;
  }
  ~Reservation() {
    if (held_ > 0) memory_->release(held_);
  }

  /// Adds `bytes`; asks in steps, so that adding few at a time is cheap.
  void add(std::size_t bytes) {
    if (bytes > held_ - wanted_) grow(bytes);
    wanted_ += bytes;
  }
  /// Takes back some of what was added; it is kept for the next add().
  void remove(std::size_t bytes) { wanted_ -= bytes; }
  std::size_t bytes() const { return wanted_; }

 private:
  void grow(std::size_t bytes);

  MemoryRef memory_;
  std::size_t held_ = 0;
  std::size_t wanted_ = 0;
};

/// A standard allocator whose every allocation is asked for.
template <class T>
class Accounted {
 public:
  using value_type = T;

  explicit Accounted(MemoryRef memory) noexcept : memory_(std::move(memory)) {}
  template <class U>
  Accounted(const Accounted<U>& other) noexcept : memory_(other.memory()) {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(memory_->allocate(count * sizeof(T), alignof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    memory_->deallocate(memory, count * sizeof(T), alignof(T));
  }
  const MemoryRef& memory() const { return memory_; }
  template <class U>
  friend bool operator==(const Accounted& a, const Accounted<U>& b) {
    return a.memory() == b.memory();
  }

 private:
  MemoryRef memory_;
};

/// A vector that asks before it grows.
template <class T>
using AccountedVector = std::vector<T, Accounted<T>>;

/// A text buffer that asks before it grows.
using AccountedString = std::basic_string<char, std::char_traits<char>, Accounted<char>>;

}  // namespace kindred
