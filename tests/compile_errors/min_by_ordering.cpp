// rule: and not a number or an ordering: write a < b
#include <string>
#include <string_view>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.parallelize({"to", "be", "or", "not"}).min([](std::string_view a, std::string_view b) {
    return a <=> b;
  });
}
