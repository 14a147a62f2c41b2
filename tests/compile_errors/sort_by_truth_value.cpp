// rule: sort_by: the order is SortOrder::ascending or SortOrder::descending, not true or false
#include <cstdint>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).sort_by([](std::int64_t x) { return -x; }, false).collect();
}
