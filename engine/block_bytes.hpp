// Blocks as bytes, on their way from one executor to another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kindred/engine/memory.hpp"

namespace kindred {

/// The bytes of a block: those of its parts, one after the other, where they are.
struct BlockBytes {
  std::vector<std::span<const char>> parts;
  std::vector<std::shared_ptr<const void>> owners;  ///< of what the parts are in

  std::uint64_t size() const;
};

/// A block of one part.
BlockBytes block_of(std::string bytes);

/// Where a block comes to rest as it arrives. Values behind a leading 64-bit number are aligned to
/// kAlignment, so that rows whose bytes are their value can be used where they are.
class BlockBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Throws OutOfMemoryError.
  BlockBuffer(std::uint64_t size, MemoryRef memory);
  BlockBuffer(const BlockBuffer&) = delete;
  BlockBuffer& operator=(const BlockBuffer&) = delete;
  ~BlockBuffer();

  std::span<char> bytes() { return {begin_ + kBefore, size_}; }
  std::span<const char> bytes() const { return {begin_ + kBefore, size_}; }

 private:
  static constexpr std::size_t kBefore = kAlignment - sizeof(std::uint64_t);

  const MemoryRef memory_;
  const std::size_t size_;
  char* begin_;
};
using BlockBufferRef = std::shared_ptr<BlockBuffer>;

/// A block of another executor, read from its beginning to its end. Used by one thread.
class RemoteBlock {
 public:
  RemoteBlock() = default;
  RemoteBlock(const RemoteBlock&) = delete;
  RemoteBlock& operator=(const RemoteBlock&) = delete;
  virtual ~RemoteBlock() = default;

  virtual std::uint64_t left() const = 0;
  /// The next bytes, `size` of those that are left; they stay until the next call. Behind a leading
  /// 64-bit number they are aligned as long as each call takes a multiple of kAlignment. Throws
  /// OutOfMemoryError; another std::exception where they can no longer be had.
  virtual std::span<const char> next(std::uint64_t size) = 0;
};

/// One that has arrived as a whole.
std::unique_ptr<RemoteBlock> whole_block(BlockBufferRef block);

}  // namespace kindred
