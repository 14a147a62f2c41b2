// rule: collect_as_map: the key type has no operator==
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

struct Version {
  int number = 0;
  friend bool operator<(const Version& a, const Version& b) { return a.number < b.number; }
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10)
      .map([](std::int64_t x) { return std::pair(std::pair(x, Version{}), x); })
      .collect_as_map();
}
