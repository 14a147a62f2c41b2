#include "kindred/rdd/position_sample.hpp"

#include <cmath>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"

namespace kindred::detail {
namespace {

constexpr double kMostCopies = 1000;

// SplitMix64 (Steele, Lea, Flood 2014): a Weyl sequence, mixed.
constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15;

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

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
  return {fraction, with_replacement, mix(mix(seed + kStep) + partition.value * kStep)};
}

PositionSample::Partition::Partition(double fraction, bool with_replacement, std::uint64_t state)
    : fraction_(fraction),
      none_(std::exp(-std::fmod(fraction, kUnit))),
      state_(state),
      with_replacement_(with_replacement) {}

double PositionSample::Partition::uniform() {
  state_ += kStep;
  return static_cast<double>(mix(state_) >> 11) * 0x1p-53;
}

// By multiplication (Knuth): as many as factors can be taken before the product falls below the
// chance of none. A large mean is a sum of smaller ones.
std::uint32_t PositionSample::Partition::next() {
  if (!with_replacement_) return uniform() < fraction_ ? 1 : 0;
  std::uint32_t copies = poisson(none_);
  static const double kNoneOfUnit = std::exp(-kUnit);
  for (double left = fraction_; left >= kUnit; left -= kUnit) copies += poisson(kNoneOfUnit);
  return copies;
}

std::uint32_t PositionSample::Partition::poisson(double none) {
  std::uint32_t count = 0;
  for (double product = uniform(); product > none; product *= uniform()) ++count;
  return count;
}

}  // namespace kindred::detail
