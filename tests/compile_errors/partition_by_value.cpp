// rule: for_each_partition: this function must take a partition by reference
#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).for_each_partition([](auto partition) { partition.index(); });
}
