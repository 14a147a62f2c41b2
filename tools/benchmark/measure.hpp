// Times and what is made of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace bench {

/// Runs from its construction on.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The time that all threads of this process have had processors for: what others on the machine
/// take hardly changes it.
double processor_seconds();

/// The middle value; of an even number, the mean of the two in the middle. Needs one at least.
double median(std::vector<double> values);

/// The most memory that this process, or the largest process it has waited for, had at once.
std::uint64_t peak_resident_bytes();

}  // namespace bench
