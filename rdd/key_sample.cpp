#include "kindred/rdd/key_sample.hpp"

#include <algorithm>

namespace kindred::detail {

std::uint32_t sample_size(std::uint32_t reducers, std::uint32_t maps) {
  // 20 keys a range keep ranges within a factor of two of each other (as in Spark's
  // RangePartitioner), times three because partitions differ in size.
  constexpr std::uint64_t kPerRange = 20;
  constexpr std::uint64_t kOverdraw = 3;
  constexpr std::uint64_t kMost = 100'000;
  const auto wanted = kPerRange * kOverdraw * reducers / std::max(maps, 1U) + 1;
  return static_cast<std::uint32_t>(std::clamp(wanted, kPerRange, kMost));
}

}  // namespace kindred::detail
