// rule: must be copyable
#include <cstdint>
#include <utility>
#include <vector>

#include <kindred/kindred.hpp>

struct Connection {
  Connection() = default;
  Connection(Connection&&) = default;
  Connection& operator=(Connection&&) = default;
  int socket = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(socket);
  }
};

int main() {
  kindred::Context context("local[2]");
  context.range(0, 10)
      .map([](std::int64_t x) { return std::pair(x, std::vector<Connection>(2)); })
      .group_by_key();
}
