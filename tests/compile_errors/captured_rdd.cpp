// rule: Rdd
#include <cstdint>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  auto others = context.range(0, 5);
  numbers.map([others](std::int64_t x) { return x + static_cast<std::int64_t>(others.count()); });
}
