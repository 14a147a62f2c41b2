#include "kindred/rdd/position_sample.hpp"

#include <cmath>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

constexpr double kMostCopies = 1000;

// A chance below this would underflow for large means.
constexpr double kUnit = 16;

}  // namespace

void PositionSample::check(const OpLabel& op) const {
  const double most = with_replacement ? kMostCopies : 1;
  if (fraction >= 0 && fraction <= most) return;
  throw UsageError(fmt::format(
      "{}: a fraction of {} cannot be sampled; it must lie between 0 and {}{}", op.text(), fraction,
      most, with_replacement ? "" : " (sample_with_replacement() gives a row more than once)"));
}

PositionSample::Partition PositionSample::of(PartitionId partition) const {
  return {fraction, with_replacement, SplitMix(seed, partition.value)};
}

PositionSample::Partition::Partition(double fraction, bool with_replacement, SplitMix random)
    : fraction_(fraction),
      none_(std::exp(-std::fmod(fraction, kUnit))),
      random_(random),
      with_replacement_(with_replacement) {}

// By multiplication (Knuth): as many as factors can be taken before the product falls below the
// chance of none. A large mean is a sum of smaller ones.
std::uint32_t PositionSample::Partition::next() {
  if (!with_replacement_) return random_.uniform() < fraction_ ? 1 : 0;
  std::uint32_t copies = poisson(none_);
  static const double kNoneOfUnit = std::exp(-kUnit);
  for (double left = fraction_; left >= kUnit; left -= kUnit) copies += poisson(kNoneOfUnit);
  return copies;
}

std::uint32_t PositionSample::Partition::poisson(double none) {
  std::uint32_t count = 0;
  for (double product = random_.uniform(); product > none; product *= random_.uniform()) ++count;
  return count;
}

}  // namespace kindred::detail
