// The curves as they are taken, for people.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The numbers of partitions that each curve is taken with: a column each.
inline constexpr std::array kCurvePartitions{2, 200, 2'000};

/// `how`: which time, on what.
void print_curves_head(std::ostream& out, const std::string& how);

/// Starts a line; the times follow, one for each number of partitions.
void print_size(std::ostream& out, std::string_view workload, std::string_view kind,
                std::uint64_t rows);
void print_time(std::ostream& out, double nanoseconds);

void print_cliffs(std::ostream& out, const std::vector<std::string>& cliffs);

}  // namespace bench
