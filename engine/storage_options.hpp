// Where blocks go that do not stay in memory.
#pragma once

#include <cstdint>
#include <string>

namespace kindred {

/// Where map outputs are kept until their last reader is gone.
enum class ShuffleStorage : std::uint8_t {
  memory,  ///< in memory, but for those that come while more than half of the budget is in use
  disk,    ///< on disk, all of them
};

/// What an executor is told of its disk.
struct StorageOptions {
  std::string local_dir;  ///< the folder for blocks on disk; empty: $TMPDIR, or else /tmp
  ShuffleStorage shuffle = ShuffleStorage::memory;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(local_dir, shuffle);
  }
};

}  // namespace kindred
