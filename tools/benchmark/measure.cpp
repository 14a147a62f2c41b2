#include "measure.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <string>
#include <sys/resource.h>

namespace bench {

namespace {

constexpr std::uint64_t kKiB = 1024;

// Not getrusage, which counts what the process was before exec as well.
std::uint64_t peak_of_this_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * kKiB;
  }
  return 0;
}

}  // namespace

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::uint64_t peak_resident_bytes() {
  rusage children{};
  getrusage(RUSAGE_CHILDREN, &children);
  return std::max(peak_of_this_process(), std::uint64_t(children.ru_maxrss) * kKiB);
}

}  // namespace bench
