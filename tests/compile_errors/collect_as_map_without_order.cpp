// rule: collect_as_map: the key type has no operator<
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

struct Point {
  int x = 0;
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t x) { return std::pair(Point{}, x); }).collect_as_map();
}
