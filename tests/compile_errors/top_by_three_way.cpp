// rule: a comparator gives a bool, whether its first element comes before its second
#include <cstdint>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).top(3, [](std::int64_t a, std::int64_t b) { return a < b ? -1 : a > b; });
}
