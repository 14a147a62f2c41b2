#include "cliffs.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace bench {

namespace {

constexpr double kGrowth = 3;
constexpr double kSkew = 5;

std::string line(const Curve& curve, const Curve::Point& point, double before,
                 const std::string& than) {
  return fmt::format(
      "{} {}, {} partitions, {} rows: {:.1f} times as long a row as {} ({:.0f} ns "
      "against {:.0f} ns)",
      curve.workload, curve.rows, curve.partitions, point.rows, point.nanoseconds / before, than,
      point.nanoseconds, before);
}

std::optional<double> even_nanoseconds(const std::vector<Curve>& curves, const Curve& curve,
                                       std::uint64_t rows) {
  const auto even = std::ranges::find_if(curves, [&](const Curve& other) {
    return other.rows == kEvenRows && other.workload == curve.workload &&
           other.partitions == curve.partitions;
  });
  if (even == curves.end()) return {};
  const auto point = std::ranges::find(even->points, rows, &Curve::Point::rows);
  if (point == even->points.end()) return {};
  return point->nanoseconds;
}

}  // namespace

std::vector<std::string> cliffs(const std::vector<Curve>& curves) {
  std::vector<std::string> found;
  for (const auto& curve : curves) {
    const Curve::Point* before = nullptr;
    for (const auto& point : curve.points) {
      if (before && point.nanoseconds > kGrowth * before->nanoseconds) {
        found.push_back(
            line(curve, point, before->nanoseconds, fmt::format("with {} rows", before->rows)));
      }
      const auto even = even_nanoseconds(curves, curve, point.rows);
      if (even && point.nanoseconds > kSkew * *even) {
        found.push_back(line(curve, point, *even, "with even keys"));
      }
      before = &point;
    }
  }
  return found;
}

}  // namespace bench
