// rule: sort_by_key: the order is SortOrder::ascending or SortOrder::descending, not true or false
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t x) { return std::pair(-x, x); }).sort_by_key(true, 4);
}
