// rule: accumulator: its combine may not capture anything
#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[1]");
  int limit = 10;
  auto sum = context.accumulator<int>("sum", [limit](int a, int b) { return a + b + limit; });
}
