#include <cmath>

#include "vectors_by_hand.hpp"

namespace bench {

void assign_points_plain(const double* points, std::size_t count, const double* centres,
                         double* sums, double* counts) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto* point = points + i * kDimensions;
    std::size_t nearest = 0;
    double least = 1e300;
    for (std::size_t k = 0; k < kCentres; ++k) {
      double distance = 0;
      for (std::size_t d = 0; d < kDimensions; ++d) {
        const double along = point[d] - centres[k * kDimensions + d];
        distance += along * along;
      }
      if (distance < least) {
        least = distance;
        nearest = k;
      }
    }
    for (std::size_t d = 0; d < kDimensions; ++d) sums[nearest * kDimensions + d] += point[d];
    counts[nearest] += 1;
  }
}

void add_gradient_plain(const double* points, const double* labels, std::size_t count,
                        const double* weights, double* gradient) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto* point = points + i * kDimensions;
    double product = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) product += point[d] * weights[d];
    const double slope = (1.0 / (1.0 + std::exp(-labels[i] * product)) - 1.0) * labels[i];
    for (std::size_t d = 0; d < kDimensions; ++d) gradient[d] += slope * point[d];
  }
}

}  // namespace bench
