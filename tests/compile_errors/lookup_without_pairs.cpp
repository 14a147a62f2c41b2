// rule: lookup() needs elements that are std::pair
#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10).lookup(5);
}
