// compiles
#include <cstdint>

#include <kindred/kindred.hpp>

// The same calls as in the files beside this one, written rightly: they fail for their rule alone.
int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  numbers.map([](std::int64_t x) { return x + 1; }).reduce([](std::int64_t a, std::int64_t b) {
    return a + b;
  });
  // Means and ratios are written so; a float would lose digits.
  numbers.map([](double x) { return x / 2; });
  numbers.map([](std::int64_t x) { return static_cast<std::int16_t>(x); }).map([](float x) {
    return x / 2;
  });
}
