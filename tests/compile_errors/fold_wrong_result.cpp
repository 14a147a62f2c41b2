// rule: fold: combine(T, T) must take two elements
#include <cstdint>
#include <string>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).fold(0,
                            [](std::int64_t a, std::int64_t b) { return std::to_string(a + b); });
}
