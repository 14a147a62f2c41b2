// rule: sort_by: this function must give a key that has an operator<
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

struct Cell {
  std::int64_t row;
  std::int64_t column;
};

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.sort_by([](std::int64_t x, std::int64_t y) { return Cell{x, y}; });
}
