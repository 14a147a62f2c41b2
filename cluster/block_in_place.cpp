#include "kindred/cluster/block_in_place.hpp"

#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

// What comes behind a leading number is aligned.
constexpr std::size_t kBehindNumber = sizeof(std::uint64_t);

}  // namespace

BlockElsewhere::BlockElsewhere(MemoryReader reader, MemoryRef memory, std::string owner,
                               std::function<void()> taken)
    : reader_(std::move(reader)),
      memory_(std::move(memory)),
      owner_(std::move(owner)),
      taken_(std::move(taken)) {}

BlockElsewhere::~BlockElsewhere() { taken_(); }

std::span<const char> BlockElsewhere::next(std::uint64_t size) {
  if (window_ == nullptr || window_->bytes().size() < kBehindNumber + size) {
    window_.reset();
    window_ = std::make_unique<BlockBuffer>(kBehindNumber + size, memory_);
  }
  const auto bytes = window_->bytes().subspan(kBehindNumber, size);
  if (!reader_.read(bytes))
    throw Error(owner_ + ": it ended, or let the block go, while that was read");
  return bytes;
}

}  // namespace kindred::cluster
