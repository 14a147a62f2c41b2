// The numbers that workloads are made of, the same on both sides.
#pragma once

#include <cstdint>

namespace bench {

/// The i-th number of the SplitMix64 sequence with seed 0 (Steele, Lea, Flood: Fast Splittable
/// Pseudorandom Number Generators, 2014).
constexpr std::uint64_t splitmix64(std::uint64_t i) {
  std::uint64_t z = i + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// A row's share of a checksum that is the sum over all rows, in any order.
constexpr std::uint64_t mix(std::uint64_t key, std::uint64_t value) {
  return splitmix64(key ^ splitmix64(value));
}

}  // namespace bench
