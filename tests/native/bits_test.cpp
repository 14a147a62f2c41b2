// Compiled with -march=native, where a compiler may fuse a multiplication and an addition into one
// instruction that rounds once: then the last bits would depend on where a chain is cut.
#include <cstring>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table.hpp"
#include "tests/catch.hpp"

namespace kindred {
namespace {

constexpr std::size_t kNumbers = 1'000'000;

double times(double x) { return x * 1.0000001; }
double plus(double x) { return x + 0.3; }

std::vector<double> numbers() {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> any(-1000, 1000);
  std::vector<double> result(kNumbers);
  for (auto& x : result) x = any(random);
  return result;
}

template <class Step>
std::vector<double> stored(std::vector<double> values, Step step) {
  for (auto& x : values) x = step(x);
  return values;
}

}  // namespace

TEST_CASE("a chain in one loop gives the bits of the same chain stored after each step") {
  const auto input = numbers();
  const auto fused = stored(input, [](double x) { return plus(times(plus(times(x)))); });
  const auto cut = stored(stored(stored(stored(input, times), plus), times), plus);
  REQUIRE(std::memcmp(fused.data(), cut.data(), kNumbers * sizeof(double)) == 0);
}

TEST_CASE("a sum of products in a combine table has the bits of the same sum of stored products") {
  const auto input = numbers();
  const auto add = [](double a, double b) { return a + b; };
  const auto memory = std::make_shared<MemoryManager>();
  CombineTable<std::size_t, double> table(memory);
  for (std::size_t i = 0; i < kNumbers; ++i) table.add(i % 1000, times(input[i]), add);
  table.finish(add);
  const auto products = stored(input, times);
  std::vector<double> sums(products.begin(), products.begin() + 1000);
  for (std::size_t i = 1000; i < kNumbers; ++i) sums[i % 1000] = sums[i % 1000] + products[i];
  for (std::size_t i = 0; i < sums.size(); ++i) {
    REQUIRE(std::memcmp(&table.rows()[i].second, &sums[i], sizeof(double)) == 0);
  }
}

TEST_CASE("a combine table gives its rows in the order first seen, whatever the keys") {
  const auto add = [](std::uint64_t a, std::uint64_t b) { return a + b; };
  for (const std::uint64_t step : {1ULL, 3ULL, 1ULL << 20, 1ULL << 32, 0x9e3779b97f4a7c15ULL}) {
    CombineTable<std::uint64_t, std::uint64_t> table(std::make_shared<MemoryManager>());
    constexpr std::uint64_t kKeys = 50'000;
    for (std::uint64_t i = 0; i < 3 * kKeys; ++i) {
      table.add((kKeys - i % kKeys) * step, std::uint64_t{1}, add);
    }
    table.finish(add);
    REQUIRE(table.size() == kKeys);
    bool in_order = true;
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      in_order &= table.rows()[i] == std::pair((kKeys - i) * step, std::uint64_t{3});
    }
    REQUIRE(in_order);
  }
}

}  // namespace kindred
