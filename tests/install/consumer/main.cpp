#include <cstdint>
#include <cstdio>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto total = context.range(0, 1000).map([](std::int64_t x) { return x * 2; }).sum();
  std::printf("%lld\n", static_cast<long long>(total));
}
