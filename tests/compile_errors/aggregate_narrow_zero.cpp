// rule: a number would be narrowed
#include <cstdint>
#include <functional>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.aggregate_by_key(0, std::plus<>{}, std::plus<>{});
}
