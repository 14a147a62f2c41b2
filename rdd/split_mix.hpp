// Random numbers for samples: the same for a seed in every process.
#pragma once

#include <cstdint>

namespace kindred::detail {

/// SplitMix64 (Steele, Lea, Flood 2014): a Weyl sequence, mixed. Each stream of a seed is a
/// sequence of its own. Used by one thread.
class SplitMix {
 public:
  SplitMix(std::uint64_t seed, std::uint64_t stream)
      : state_(mix(mix(seed + kStep) + stream * kStep)) {}

  std::uint64_t next() {
    state_ += kStep;
    return mix(state_);
  }
  /// A number from 0 to bound, without bound.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  /// A number in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

  static constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace kindred::detail
