// rule: count_by_value: the elements have no hash
#include <cstdint>

#include <kindred/kindred.hpp>

struct Point {
  int x = 0;
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t) { return Point{}; }).count_by_value();
}
