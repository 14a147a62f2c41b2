// rule: merge_combiners(accumulator, accumulator)
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.aggregate_by_key(
      std::string(), [](std::string list, std::int64_t x) { return list + std::to_string(x); },
      [](double a, double b) { return a + b; });
}
