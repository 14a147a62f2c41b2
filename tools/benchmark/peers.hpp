// Other engines, each in a Python program of its own in peers/.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "comparison.hpp"
#include "workload.hpp"

namespace bench {

/// The peers that an interpreter can import.
class Peers {
 public:
  /// Looks for each, and prints which are not there. `python` is looked up in PATH.
  Peers(std::ostream& out, std::string python);

  /// Runs a workload in each, on as many threads as ours, once more than `runs` times: the first
  /// gives the checksum, which must be that of `comparison`, and does not count. Puts the results
  /// into `comparison`. Nothing for a workload that none expresses, or that was not measured.
  void run(Comparison& comparison, const Setup& setup, int runs) const;

 private:
  std::string python_;
  std::vector<std::string> found_;
};

/// Prints a line for each peer's result.
void print_peers(std::ostream& out, const Comparison& comparison);

}  // namespace bench
