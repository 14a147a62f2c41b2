#include "kindred/engine/memory.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <new>

#include "kindred/engine/error.hpp"

namespace kindred {
namespace {

constexpr std::size_t kReservationStep = 64 * 1024;

}  // namespace

MemoryManager::~MemoryManager() = default;

bool MemoryManager::grants(std::size_t) { return true; }

void MemoryManager::acquire(std::size_t bytes) {
  if (bytes == 0) return;
  const auto now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  // Less than was added: the sum did not fit.
  if (now < bytes || now > limit_ || !grants(bytes)) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    throw OutOfMemoryError(
        fmt::format("{} bytes were asked for and refused: {} of a budget of {} are in use. Use "
                    "more partitions, "
                    "unpersist what is no longer read, or raise kindred.memory",
                    bytes, now - bytes,
                    limit_ == kUnlimited ? std::string("no limit") : fmt::to_string(limit_)));
  }
  auto peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

// What is in use and what is kept for later are one budget.
void MemoryManager::keep_within_limit() noexcept {
  if (limit_ == kUnlimited) return;
  const auto now = used();
  large_.keep_at_most(limit_ > now ? limit_ - now : 0);
}

void MemoryManager::release(std::size_t bytes) noexcept {
  used_.fetch_sub(bytes, std::memory_order_relaxed);
}

void* MemoryManager::allocate(std::size_t bytes, std::size_t alignment) {
  acquire(bytes);
  try {
    if (bytes >= detail::LargeBuffers::kSmallest) {
      auto* const buffer = large_.take(bytes);
      keep_within_limit();
      return buffer;
    }
    return ::operator new (bytes, std::align_val_t{alignment});
  } catch (...) {
    release(bytes);
    throw;
  }
}

void MemoryManager::deallocate(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
  const bool large = bytes >= detail::LargeBuffers::kSmallest;
  if (large) {
    large_.give_back(memory, bytes);
  } else {
    ::operator delete (memory, std::align_val_t{alignment});
  }
  release(bytes);
  if (large) keep_within_limit();
}

void Reservation::grow(std::size_t bytes) {
  const auto step = std::max(bytes - (held_ - wanted_),
                             std::min(std::max(held_, std::size_t{256}), kReservationStep));
  memory_->acquire(step);
  held_ += step;
}

}  // namespace kindred
