// rule: must be copyable, and a type that can only be moved, as std::unique_ptr, is not
#include <cstdint>
#include <memory>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t x) { return std::make_unique<double>(x); }).collect();
}
