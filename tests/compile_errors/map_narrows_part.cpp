// rule: a number would be narrowed
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, 1.5); });
  pairs.filter([](std::int64_t, int half) { return half > 1; });
}
