// rule: key_by: the elements must be copyable
#include <cstdint>
#include <memory>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10)
      .map([](std::int64_t x) { return std::make_unique<std::int64_t>(x); })
      .key_by([](const auto& x) { return *x; });
}
