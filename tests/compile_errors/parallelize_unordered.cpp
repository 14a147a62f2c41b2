// rule: parallelize: the order of an unordered container differs
#include <string>
#include <unordered_set>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[2]");
  const std::unordered_set<std::string> words{"to", "be"};
  context.parallelize(words).count();
}
