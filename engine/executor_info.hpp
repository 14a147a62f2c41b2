// What a program can know of the executors that run its tasks.
#pragma once

#include <cstdint>

namespace kindred {

/// An executor that is there now; one that replaces a lost one has another id.
struct ExecutorInfo {
  std::uint64_t id = 0;
  std::int64_t pid = 0;  ///< of its process; that of the program itself in local mode
};

}  // namespace kindred
