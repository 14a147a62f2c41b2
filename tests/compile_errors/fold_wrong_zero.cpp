// rule: zero must be a value of the pairs
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.fold_by_key(std::string(), std::plus<>{});
}
