// rule: same key type
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  auto texts =
      context.range(0, 10).map([](std::int64_t x) { return std::pair(std::to_string(x), x); });
  pairs.left_outer_join(texts);
}
