// rule: partition.for_each: this function does not take the rows
#include <string>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).for_each_partition(
      [](auto& partition) { partition.for_each([](const std::string&) {}); });
}
