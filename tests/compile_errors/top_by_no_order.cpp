// rule: an order is a comparator of two elements that gives a bool
#include <cstdint>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).top(3, [](std::int64_t, std::int64_t, std::int64_t) { return true; });
}
