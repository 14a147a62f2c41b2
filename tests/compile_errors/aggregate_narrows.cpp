// rule: a number would be narrowed
#include <cstdint>
#include <functional>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  const auto halves = context.range(0, 10).map([](std::int64_t x) { return x / 2.0; });
  halves.aggregate(0, std::plus<>{}, std::plus<>{});
}
