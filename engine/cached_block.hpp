// What a block store keeps of a partition: rows, or what another executor sent of them.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kindred/engine/memory.hpp"

namespace kindred {

/// A cached partition. Immutable: any number of tasks and other executors read it.
class CachedBlock {
 public:
  CachedBlock() = default;
  CachedBlock(const CachedBlock&) = delete;
  CachedBlock& operator=(const CachedBlock&) = delete;
  virtual ~CachedBlock() = default;

  /// In its wire form (seal_block): what another executor gets. Throws OutOfMemoryError where there
  /// is no memory to write it down.
  virtual std::string sealed() const = 0;
};
using CachedBlockRef = std::shared_ptr<const CachedBlock>;

/// A copy of another executor's block as it came: only who reads it knows the type of its rows, and
/// puts them in its place then.
class SealedCopy final : public CachedBlock {
 public:
  /// Throws OutOfMemoryError where there is no memory for it.
  SealedCopy(std::string bytes, MemoryRef memory)
      : held_(std::move(memory)), bytes_(std::move(bytes)) {
    held_.add(bytes_.size());
  }

  std::string sealed() const override { return bytes_; }
  const std::string& bytes() const { return bytes_; }

 private:
  Reservation held_;
  std::string bytes_;
};

}  // namespace kindred
