// rule: show: the elements have no text: give the type an operator<<
#include <cstdint>
#include <utility>
#include <vector>

#include <kindred/kindred.hpp>

struct Point {
  int x = 0;
  int y = 0;
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10)
      .map([](std::int64_t x) { return std::pair(x, std::vector<Point>(2)); })
      .show();
}
