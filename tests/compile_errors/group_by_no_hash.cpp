// rule: group_by: this function must give a key that has a hash
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
  pairs.group_by([](std::int64_t x, std::int64_t y) { return Cell{x, y}; });
}
