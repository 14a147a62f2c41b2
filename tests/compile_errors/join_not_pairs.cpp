// rule: elements that are std::pair
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  context.range(0, 10).full_outer_join(pairs);
}
