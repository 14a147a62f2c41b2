#include "kindred/rdd/memory_sources.hpp"

#include <bit>

#include "kindred/engine/error.hpp"

namespace kindred::detail {

SteppedRange SteppedRange::between(std::int64_t begin, std::int64_t end, std::int64_t step,
                                   LabelRef op) {
  if (step == 0) {
    throw UsageError(op->text() +
                     ": the step is 0; give a positive one, or a negative one to count "
                     "down");
  }
  const auto unsigned_of = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
  std::uint64_t size = 0;
  if (step > 0 && begin < end) {
    size = (unsigned_of(end) - unsigned_of(begin) - 1) / unsigned_of(step) + 1;
  } else if (step < 0 && begin > end) {
    size = (unsigned_of(begin) - unsigned_of(end) - 1) / (0 - unsigned_of(step)) + 1;
  }
  return {begin, step, size, 1, std::move(op)};
}

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
