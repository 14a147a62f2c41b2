// How keys are spread over rows: evenly, by Zipf's law, or half of the rows on one key. Each draws
// the key of row i from i alone, so that any task can make any row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "generate.hpp"

namespace bench {

/// A number from [0, 1) for each i.
constexpr double unit(std::uint64_t i) {
  return static_cast<double>(splitmix64(i) >> 11) * 0x1.0p-53;
}

struct EvenKeys {
  std::uint64_t keys;

  std::uint64_t operator()(std::uint64_t i) const { return splitmix64(i) % keys; }
};

/// Key 0 has half of the rows; the others share the rest evenly.
struct HotKeys {
  std::uint64_t keys;

  std::uint64_t operator()(std::uint64_t i) const {
    const auto drawn = splitmix64(i);
    return drawn % 2 == 0 ? 0 : (drawn >> 1) % keys;
  }
};

/// Key k comes up in proportion to 1 / (k + 1)^s. By rejection-inversion (Hoermann, Derflinger:
/// Rejection-inversion to generate variates from monotone discrete distributions, 1996), which
/// needs no table: a table of all keys would be the largest thing that the tasks read.
class ZipfKeys {
 public:
  ZipfKeys(std::uint64_t keys, double exponent)
      : exponent_(exponent),
        most_(static_cast<double>(keys)),
        area_begin_(area(1.5) - 1),
        area_end_(area(most_ + 0.5)),
        accept_(2 - inverse(area(2.5) - weight(2))) {}

  std::uint64_t operator()(std::uint64_t i) const {
    for (std::uint64_t attempt = 0;; ++attempt) {
      const auto drawn = area_end_ + unit(i ^ (attempt << 48)) * (area_begin_ - area_end_);
      const auto x = inverse(drawn);
      const auto rank = std::clamp(std::floor(x + 0.5), 1.0, most_);
      if (rank - x <= accept_ || drawn >= area(rank + 0.5) - weight(rank)) {
        return static_cast<std::uint64_t>(rank) - 1;
      }
    }
  }

 private:
  double weight(double x) const { return exponent_ == 1 ? 1 / x : std::pow(x, -exponent_); }
  // The integral of weight(), and its inverse.
  double area(double x) const {
    return exponent_ == 1 ? std::log(x) : std::pow(x, 1 - exponent_) / (1 - exponent_);
  }
  double inverse(double y) const {
    return exponent_ == 1 ? std::exp(y) : std::pow(y * (1 - exponent_), 1 / (1 - exponent_));
  }

  double exponent_;
  double most_;
  double area_begin_;
  double area_end_;
  double accept_;
};

}  // namespace bench
