#include "kindred/engine/serve.hpp"

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "kindred/cluster/executor_main.hpp"
#include "kindred/cluster/launch_order.hpp"
#include "kindred/engine/error.hpp"

namespace kindred {

bool serve_if_executor(int, char**) {
  std::optional<cluster::LaunchOrder> order;
  try {
    order = cluster::take_launch_order();
  } catch (const Error& error) {
    std::fprintf(stderr, "kindred: %s\n", error.what());
    std::_Exit(1);
  }
  if (!order) return false;
  cluster::serve_driver(*order);
}

}  // namespace kindred
