// rule: the element type has no hash
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

struct Cell {
  std::int64_t row;
  std::int64_t column;
  bool operator==(const Cell&) const = default;
};

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.map([](std::int64_t x, std::int64_t y) { return Cell{x, y}; }).distinct();
}
