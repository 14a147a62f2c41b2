// rule: broadcast: the value must be movable
#include <string_view>

#include <kindred/kindred.hpp>

int main() {
  kindred::Context context("local[1]");
  std::string_view text = "text";
  auto shared = context.broadcast(text);
}
