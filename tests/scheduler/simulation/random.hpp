// Numbers that are the same for a seed with every standard library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::simulation {

/// Mixes two numbers into one that depends on their order (the finaliser of splitmix64).
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a * 0x9e3779b97f4a7c15ULL) ^ (b + 0x632be59bd9b4e019ULL);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}

  /// Below `limit`, which is not 0.
  std::size_t pick(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + next() % (most - least + 1);
  }
  bool chance(unsigned per_mille) { return pick(1000) < per_mille; }

 private:
  std::uint64_t next() { return mix(seed_, ++drawn_); }

  std::uint64_t seed_;
  std::uint64_t drawn_ = 0;
};

}  // namespace kindred::simulation
