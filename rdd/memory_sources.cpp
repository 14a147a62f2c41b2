#include "kindred/rdd/memory_sources.hpp"

#include <bit>

namespace kindred::detail {

std::uint32_t default_partitions(std::uint64_t rows, std::uint64_t bytes) {
  constexpr std::uint64_t kBytes = 4 << 20;
  constexpr std::uint64_t kLeast = 4;
  constexpr std::uint64_t kMost = 1024;
  // A power of two: it deals out evenly on most numbers of cores.
  const auto wanted = std::clamp(std::bit_floor(bytes / kBytes), kLeast, kMost);
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(rows, 1)));
}

}  // namespace kindred::detail
