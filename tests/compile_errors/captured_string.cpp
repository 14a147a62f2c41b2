// rule: capture(
#include <cstdint>
#include <string>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  std::string unit = " seconds";
  numbers.map([unit](std::int64_t x) { return std::to_string(x) + unit; });
}
