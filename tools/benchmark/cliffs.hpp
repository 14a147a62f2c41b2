// Curves of time a row, and where they have a cliff.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// How long a row takes in jobs of one kind, by the number of rows.
struct Curve {
  struct Point {
    std::uint64_t rows;
    double nanoseconds;  ///< For each row.
  };

  std::string workload;
  std::string rows;  ///< Their kind.
  int partitions = 0;
  std::vector<Point> points = {};  ///< By rising numbers of rows.
};

/// The kind of rows that the other kinds are held against.
inline constexpr const char* kEvenRows = "even";

/// A line for each cliff: where a row takes over 3 times as long as at the size before, or over 5
/// times as long as an even row in a job of the same workload, partitions and size.
std::vector<std::string> cliffs(const std::vector<Curve>& curves);

}  // namespace bench
