// rule: create(value) must take a value
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  pairs.combine_by_key([](const std::string& text) { return text.size(); }, std::plus<>{},
                       std::plus<>{});
}
