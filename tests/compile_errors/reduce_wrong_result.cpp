// rule: reduce
#include <cstdint>
#include <string>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  numbers.reduce([](std::int64_t a, std::int64_t b) { return std::to_string(a + b); });
}
