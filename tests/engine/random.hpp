// The random numbers of a test: a new seed in each run, or the one of a run that failed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/catch.hpp"

namespace kindred::test {

/// KINDRED_SEED=... repeats a run. Every test that uses it says WITH_SEED(random), which prints the
/// seed where the test fails.
struct Random {
  std::uint64_t seed = fresh_seed();
  std::mt19937_64 engine{seed};

  std::uint64_t below(std::uint64_t end) { return engine() % end; }
  std::string text(std::size_t longest) {
    std::string text(below(longest + 1), ' ');
    for (auto& letter : text) letter = static_cast<char>('a' + below(26));
    return text;
  }

 private:
  static std::uint64_t fresh_seed() {
    if (const char* given = std::getenv("KINDRED_SEED")) return std::strtoull(given, nullptr, 10);
    return std::random_device{}();
  }
};

}  // namespace kindred::test

#define WITH_SEED(random) INFO("KINDRED_SEED=" << (random).seed)
