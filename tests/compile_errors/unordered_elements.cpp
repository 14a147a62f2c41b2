// rule: unordered
#include <cstdint>
#include <string>
#include <unordered_map>

#include <cereal/types/unordered_map.hpp>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  auto numbers = context.range(0, 10);
  numbers
      .map([](std::int64_t x) {
        return std::unordered_map<std::int64_t, std::string>{{x, "x"}};
      })
      .collect();
}
