#include "kindred/engine/serve.hpp"

#include "kindred/cluster/executor.hpp"
#include "kindred/cluster/launch_order.hpp"

namespace kindred {

bool serve_if_executor(int, char**) {
  const auto order = cluster::take_launch_order();
  if (!order) return false;
  cluster::serve_driver(*order);
}

}  // namespace kindred
