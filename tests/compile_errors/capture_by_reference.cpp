// rule: may not change them: take each by const reference or by value
#include <cstdint>
#include <string>
#include <vector>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  const std::vector<std::int64_t> seen(10);
  context.range(0, 10).for_each(
      kindred::capture(seen, [](std::vector<std::int64_t>& counts, std::int64_t x) {
        ++counts[static_cast<std::size_t>(x)];
      }));
}
