// rule: accumulator: its type has no operator+=
// values
#include <string>
#include <vector>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[1]");
  auto rows = context.accumulator<std::vector<std::string>>("rows");
}
