// rule: mutable
#include <cstdint>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  std::int64_t seen = 0;
  numbers.map([seen](std::int64_t x) mutable { return x + seen++; });
}
