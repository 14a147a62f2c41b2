// rule: parallelize: a text is one row
#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  context.parallelize("a text").count();
}
