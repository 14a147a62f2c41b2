// The curves as a page: curves.md with a plot for each workload.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "cliffs.hpp"

namespace bench {

class CurvesPage {
 public:
  /// Throws std::runtime_error where nothing can be written into the folder: before the curves are
  /// taken, and not all for nothing.
  explicit CurvesPage(std::string folder);

  void write(const std::vector<Curve>& curves, const std::string& how);

 private:
  std::string folder_;
  std::ofstream page_;
};

}  // namespace bench
