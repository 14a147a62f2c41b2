// rule: these elements have no operator<
#include <cstdint>

#include <kindred/kindred.hpp>

struct Person {
  int age = 0;
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).map([](std::int64_t) { return Person{}; }).top(3);
}
