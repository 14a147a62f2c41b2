// Rows at rest: what caches, shuffles and collect() hold.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"

namespace kindred {

/// A growing sequence in chunks: growing copies nothing, and every chunk, and the heap of its rows,
/// is asked for from the MemoryManager before it is taken. Filled by one thread, then read by any
/// number.
template <class T>
class Rows {
 public:
  explicit Rows(MemoryRef memory) : memory_(memory), heap_(std::move(memory)) {}
  Rows(Rows&& other) noexcept
      : memory_(other.memory_),
        heap_(std::move(other.heap_)),
        chunks_(std::move(other.chunks_)),
        size_(std::exchange(other.size_, 0)),
        next_(std::exchange(other.next_, nullptr)),
        end_(std::exchange(other.end_, nullptr)) {
    other.chunks_.clear();
  }
  Rows& operator=(Rows&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(heap_, other.heap_);
    std::swap(chunks_, other.chunks_);
    std::swap(size_, other.size_);
    std::swap(next_, other.next_);
    std::swap(end_, other.end_);
    return *this;
  }
  ~Rows() {
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      std::destroy_n(chunks_[i].rows, rows_in(i));
      memory_->deallocate(chunks_[i].rows, chunks_[i].capacity * sizeof(T), alignof(T));
    }
  }

  /// Where its memory is refused the row stays as it was, with the caller.
  void push(T&& row) {
    if (next_ == end_) [[unlikely]] {
      grow(1);
    }
    if constexpr (!bitwise<T>) heap_.add(detail::heap_bytes_of(row));
    std::construct_at(next_, std::move(row));
    ++next_;
    ++size_;
  }
  void push(const T& row) { push(T(row)); }
  /// Makes room for `count` rows in one chunk, where the number is known before the first push().
  void reserve(std::size_t count) {
    if (chunks_.empty() && count > 0) grow(count);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t chunks() const { return chunks_.size(); }
  std::span<const T> chunk(std::size_t i) const { return {chunks_[i].rows, rows_in(i)}; }
  std::span<T> chunk(std::size_t i) { return {chunks_[i].rows, rows_in(i)}; }
  std::uint64_t bytes() const { return size_ * sizeof(T) + heap_.bytes(); }
  const MemoryRef& memory() const { return memory_; }

 private:
  struct Chunk {
    T* rows;
    std::size_t capacity;
  };
  static constexpr std::size_t kFirstBytes = 256;
  static constexpr std::size_t kMostBytes = std::size_t{1} << 21;

  std::size_t rows_in(std::size_t i) const {
    return i + 1 < chunks_.size() ? chunks_[i].capacity
                                  : static_cast<std::size_t>(next_ - chunks_[i].rows);
  }
  void grow(std::size_t at_least) {
    const auto doubled = chunks_.empty() ? kFirstBytes / sizeof(T) : chunks_.back().capacity * 2;
    const auto most = std::max<std::size_t>(kMostBytes / sizeof(T), 1);
    const auto capacity = std::max({std::min(doubled, most), at_least, std::size_t{1}});
    chunks_.reserve(chunks_.size() + 1);
    auto* rows = static_cast<T*>(memory_->allocate(capacity * sizeof(T), alignof(T)));
    chunks_.push_back({rows, capacity});
    next_ = rows;
    end_ = rows + capacity;
  }

  MemoryRef memory_;
  Reservation heap_;
  std::vector<Chunk> chunks_;
  std::size_t size_ = 0;
  T* next_ = nullptr;
  T* end_ = nullptr;
};

template <class T>
std::size_t heap_bytes(const Rows<T>& rows) {
  return rows.bytes();
}

}  // namespace kindred
