// The loops of W8 and W9, plain and at their best; the best ones are compiled with -Ofast.
#pragma once

#include <cstddef>

namespace bench {

/// The dimensions of a point, and how many centres there are.
inline constexpr std::size_t kDimensions = 10;
inline constexpr std::size_t kCentres = 10;

/// Adds each of `count` points to the sum and the count of the centre nearest to it.
void assign_points_plain(const double* points, std::size_t count, const double* centres,
                         double* sums, double* counts);
void assign_points_best(const double* points, std::size_t count, const double* centres,
                        double* sums, double* counts);

/// Adds the gradient of the logistic loss at `weights`, of `count` points and their labels.
void add_gradient_plain(const double* points, const double* labels, std::size_t count,
                        const double* weights, double* gradient);
void add_gradient_best(const double* points, const double* labels, std::size_t count,
                       const double* weights, double* gradient);

}  // namespace bench
