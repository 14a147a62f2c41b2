// The main function of an executor process.
#pragma once

#include "kindred/cluster/launch_order.hpp"

namespace kindred::cluster {

/// Connects to the driver and serves it until the connection ends; then ends the process, whatever
/// its tasks do: nobody is left to hear of them.
[[noreturn]] void serve_driver(const LaunchOrder& order);

}  // namespace kindred::cluster
