// rule: fn<&
#include <kindred/kindred.hpp>

long parse(long x) { return x + 1; }

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  numbers.map(parse);
}
