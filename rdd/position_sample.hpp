// Which rows a sample keeps: a function of the seed and of where a row stands.
#pragma once

#include <cstdint>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/rdd/split_mix.hpp"

namespace kindred::detail {

/// Says how often a sample gives each row. Bernoulli (once) or Poisson (repeated), from numbers
/// that a mixing function makes of seed, partition and row: no state but the row's number.
struct PositionSample {
  double fraction = 0;
  std::uint64_t seed = 0;
  bool with_replacement = false;

  static PositionSample once(double fraction, std::uint64_t seed) {
    return {fraction, seed, false};
  }
  static PositionSample repeated(double fraction, std::uint64_t seed) {
    return {fraction, seed, true};
  }
  /// Throws UsageError, naming the op, for a fraction that cannot be.
  void check(const OpLabel& op) const;

  /// The rows of one partition, one after the other.
  class Partition {
   public:
    Partition(double fraction, bool with_replacement, SplitMix random);
    /// How often the next row is given.
    std::uint32_t next();

   private:
    std::uint32_t poisson(double none);

    double fraction_;
    double none_;  // the chance of 0 in what is left of the mean after whole units
    SplitMix random_;
    bool with_replacement_;
  };
  Partition of(PartitionId partition) const;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(fraction, seed, with_replacement);
  }
};

}  // namespace kindred::detail
