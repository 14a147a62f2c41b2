#include "kindred/engine/block_bytes.hpp"

#include <utility>

namespace kindred {
namespace {

class WholeBlock final : public RemoteBlock {
 public:
  explicit WholeBlock(BlockBufferRef block)
      : block_(std::move(block)), left_(std::as_const(*block_).bytes()) {}

  std::uint64_t left() const override { return left_.size(); }
  std::span<const char> next(std::uint64_t size) override {
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

 private:
  const BlockBufferRef block_;
  std::span<const char> left_;
};

}  // namespace

std::unique_ptr<RemoteBlock> whole_block(BlockBufferRef block) {
  return std::make_unique<WholeBlock>(std::move(block));
}

std::uint64_t BlockBytes::size() const {
  std::uint64_t size = 0;
  for (const auto& part : parts) size += part.size();
  return size;
}

BlockBytes block_of(std::string bytes) {
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  return {{std::span<const char>(*owner)}, {owner}};
}

BlockBuffer::BlockBuffer(std::uint64_t size, MemoryRef memory)
    : memory_(std::move(memory)),
      size_(size),
      begin_(static_cast<char*>(memory_->allocate(kBefore + size_, kAlignment))) {}

BlockBuffer::~BlockBuffer() { memory_->deallocate(begin_, kBefore + size_, kAlignment); }

}  // namespace kindred
