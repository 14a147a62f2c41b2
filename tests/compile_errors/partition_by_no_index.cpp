// rule: must give the number of a partition
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.partition_by(3, [](std::int64_t key) { return key > 3; });
}
