// What a cluster has to say to people.
#pragma once

#include "kindred/engine/log.hpp"

namespace kindred::cluster {

using detail::log_info;
using detail::log_warning;

}  // namespace kindred::cluster
