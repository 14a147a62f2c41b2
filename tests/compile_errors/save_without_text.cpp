// rule: save_as_text_file: the elements have no text
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

struct Point {
  int x = 0;
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10)
      .map([](std::int64_t x) { return std::pair(x, Point{}); })
      .save_as_text_file("points");
}
