// An array of plain rows that nobody fills before its owner does.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "kindred/engine/bitwise.hpp"
#include "kindred/engine/memory.hpp"

namespace kindred {

/// Rows whose bytes are their value, in one piece; what they are at first is not known.
template <class Row>
class PlainRows {
 public:
  static_assert(bitwise<Row>);

  PlainRows(std::size_t size, MemoryRef memory) : memory_(std::move(memory)), size_(size) {
    if (size > 0) {
      rows_ = static_cast<Row*>(memory_->allocate(size * sizeof(Row), alignof(Row)));
    }
  }
  PlainRows(PlainRows&& other) noexcept
      : memory_(other.memory_),
        rows_(std::exchange(other.rows_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  PlainRows& operator=(PlainRows&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(rows_, other.rows_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PlainRows() {
    if (rows_ != nullptr) memory_->deallocate(rows_, size_ * sizeof(Row), alignof(Row));
  }

  Row* data() { return rows_; }
  const Row* data() const { return rows_; }
  std::span<const Row> rows() const { return {rows_, size_}; }
  const MemoryRef& memory() const { return memory_; }

 private:
  MemoryRef memory_;
  Row* rows_ = nullptr;
  std::size_t size_;
};

}  // namespace kindred
