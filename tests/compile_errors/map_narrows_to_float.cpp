// rule: a number would be narrowed
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](float x) { return x / 2; });
}
