// rule: in capture(), take the values by const reference
#include <cstdint>
#include <string>
#include <vector>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  const std::vector<std::int64_t> seen(10);
  context.range(0, 10).for_each(kindred::capture(
      seen, [](std::vector<std::int64_t>& counts, auto x) { counts.push_back(x); }));
}
