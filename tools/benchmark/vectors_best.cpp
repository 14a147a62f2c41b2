// Compiled with -Ofast, so that the compiler may use an exp() of vectors.
#include <cmath>

#include "vectors_by_hand.hpp"

namespace bench {

// The distances to all centres side by side.
void assign_points_best(const double* points, std::size_t count, const double* centres,
                        double* sums, double* counts) {
  constexpr std::size_t kPadded = 16;
  alignas(64) double across[kDimensions][kPadded];
  for (std::size_t d = 0; d < kDimensions; ++d) {
    for (std::size_t k = 0; k < kPadded; ++k) {
      across[d][k] = k < kCentres ? centres[k * kDimensions + d] : 1e30;
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto* point = points + i * kDimensions;
    alignas(64) double distances[kPadded] = {};
    for (std::size_t d = 0; d < kDimensions; ++d) {
      for (std::size_t k = 0; k < kPadded; ++k) {
        const double along = point[d] - across[d][k];
        distances[k] += along * along;
      }
    }
    std::size_t nearest = 0;
    double least = distances[0];
    for (std::size_t k = 1; k < kCentres; ++k) {
      const bool nearer = distances[k] < least;
      nearest = nearer ? k : nearest;
      least = nearer ? distances[k] : least;
    }
    auto* sum = sums + nearest * kDimensions;
    for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += point[d];
    counts[nearest] += 1;
  }
}

void add_gradient_best(const double* points, const double* labels, std::size_t count,
                       const double* weights, double* gradient) {
  constexpr std::size_t kBlock = 256;
  double slopes[kBlock];
  double sum[kDimensions] = {};
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const auto rows = count - begin < kBlock ? count - begin : kBlock;
    for (std::size_t j = 0; j < rows; ++j) {
      const auto* point = points + (begin + j) * kDimensions;
      double product = 0;
      for (std::size_t d = 0; d < kDimensions; ++d) product += point[d] * weights[d];
      slopes[j] = product;
    }
    const auto* label = labels + begin;
    for (std::size_t j = 0; j < rows; ++j) {
      slopes[j] = (1.0 / (1.0 + std::exp(-label[j] * slopes[j])) - 1.0) * label[j];
    }
    for (std::size_t j = 0; j < rows; ++j) {
      const auto* point = points + (begin + j) * kDimensions;
      for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += slopes[j] * point[d];
    }
  }
  for (std::size_t d = 0; d < kDimensions; ++d) gradient[d] += sum[d];
}

}  // namespace bench
