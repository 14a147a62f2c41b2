// rule in 15 lines: a number would be narrowed
#include <cstdint>
#include <utility>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).flat_map<int>([](std::int64_t x, auto& emit) { emit(x); }).count();
}
