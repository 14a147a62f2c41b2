// Runs the jobs of skew_jobs.hpp over kinds of rows, numbers of partitions and of rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// Which curves are taken, and what is made of them.
struct CurvesArguments {
  std::vector<std::string> names;  ///< "W4" or "W4-zipf1.0"; none at all means all.
  std::uint64_t most_rows = 10'000'000;
  int threads = 2;
  bool processor_time = false;  ///< Instead of the clock's: for a machine that others use too.
  std::string page;             ///< A folder for curves.md and its plots, or empty.
};

/// Prints each curve as it is taken, then the cliffs. Throws std::invalid_argument for a name that
/// means nothing. Returns the exit status: a failure where a job failed or its checksum was wrong.
int run_curves(const CurvesArguments& arguments);

}  // namespace bench
