// rule: hash
#include <cstdint>
#include <functional>
#include <utility>

#include <kindred/kindred.hpp>

struct Cell {
  std::int64_t row;
  std::int64_t column;
  bool operator==(const Cell&) const = default;
};

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  numbers.map([](std::int64_t x) {
           return std::pair(Cell{x / 2, x % 2}, std::int64_t{1});
         })
      .reduce_by_key(std::plus<>{});
}
