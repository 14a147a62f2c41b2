// Inside cluster/ only: a block that is read in another process's memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "kindred/cluster/process_memory.hpp"
#include "kindred/engine/block_bytes.hpp"

namespace kindred::cluster {

class BlockElsewhere final : public RemoteBlock {
 public:
  /// `owner` names the other process in errors. Calls `taken` once, when nobody reads any more.
  BlockElsewhere(MemoryReader reader, MemoryRef memory, std::string owner,
                 std::function<void()> taken);
  ~BlockElsewhere() override;

  /// Whether this process may read there, and the other one is who it should be.
  bool can_be_read() { return reader_.read({}); }
  std::uint64_t left() const override { return reader_.left(); }
  std::span<const char> next(std::uint64_t size) override;

 private:
  MemoryReader reader_;
  const MemoryRef memory_;
  const std::string owner_;
  const std::function<void()> taken_;
  std::unique_ptr<BlockBuffer> window_;  // filled again and again, and so in the caches
};

}  // namespace kindred::cluster
