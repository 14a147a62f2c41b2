// The lineage for people.
#pragma once

#include <string>

#include "kindred/engine/node.hpp"

namespace kindred::detail {

/// The stages that computing `node` takes, the last one first, each with its tasks and its ops.
std::string explain(const Node& node);
/// The same as a Graphviz graph: a box a stage, an arrow a dependency.
std::string lineage_dot(const Node& node);

}  // namespace kindred::detail
