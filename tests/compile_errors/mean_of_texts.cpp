// rule: mean: the elements are no numbers
#include <cstdint>
#include <string>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t x) { return std::to_string(x); }).mean();
}
