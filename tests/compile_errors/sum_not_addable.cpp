// rule: sum: the elements cannot be added
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); }).sum();
}
