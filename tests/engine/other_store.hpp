// Map outputs of another executor, reached without a network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "kindred/engine/block_bytes.hpp"
#include "kindred/engine/shuffle_store.hpp"
#include "tests/catch.hpp"

namespace kindred::test {

constexpr ShuffleId kShuffle{5};
constexpr ExecutorId kHere{1};
constexpr ExecutorId kThere{2};

inline std::string joined(const BlockBytes& block) {
  std::string bytes;
  for (const auto& part : block.parts) bytes.append(part.data(), part.size());
  CHECK(bytes.size() == block.size());
  return bytes;
}

/// The store of kThere.
class OtherStore : public RemoteBlocks {
 public:
  ShuffleStore store;
  std::size_t cut = 0;  // bytes that are missing at the end
  std::unique_ptr<RemoteBlock> fetch(ExecutorId from, ShuffleId shuffle, PartitionId map,
                                     PartitionId reduce, const MemoryRef& memory) override {
    if (from != kThere) throw std::runtime_error("no such executor");
    const auto bytes = joined(store.bucket(shuffle, map, reduce));
    auto block = std::make_shared<BlockBuffer>(bytes.size() - cut, memory);
    std::copy_n(bytes.begin(), bytes.size() - cut, block->bytes().begin());
    return whole_block(std::move(block));
  }
};

}  // namespace kindred::test
