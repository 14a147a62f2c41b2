#include "curves_text.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

namespace bench {

void print_curves_head(std::ostream& out, const std::string& how) {
  fmt::print(out,
             "ns a row, {}, least of up to 5 runs; making the rows is part of it\n"
             "{:<4} {:<8} {:>11}",
             how, "", "rows", "number");
  for (const auto partitions : kCurvePartitions) {
    fmt::print(out, " {:>11}", fmt::format("{} parts", partitions));
  }
  out << std::endl;
}

void print_size(std::ostream& out, std::string_view workload, std::string_view kind,
                std::uint64_t rows) {
  fmt::print(out, "{:<4} {:<8} {:>11}", workload, kind, rows);
}

void print_time(std::ostream& out, double nanoseconds) {
  fmt::print(out, " {:>11.1f}", nanoseconds);
  out << std::flush;
}

void print_cliffs(std::ostream& out, const std::vector<std::string>& cliffs) {
  for (const auto& cliff : cliffs) out << "cliff: " << cliff << '\n';
  if (cliffs.empty()) out << "no cliff\n";
}

}  // namespace bench
