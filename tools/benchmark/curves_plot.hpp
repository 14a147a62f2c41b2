// Curves of one workload as a plot.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "cliffs.hpp"

namespace bench {

/// Draws time a row over the number of rows, both logarithmic: a colour for each kind of rows, a
/// line style for each number of partitions.
void write_curves_svg(std::ostream& out, const std::string& workload,
                      const std::vector<Curve>& curves);

}  // namespace bench
