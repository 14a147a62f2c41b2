// A workload's two sides, run in turn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peer_lines.hpp"
#include "turns.hpp"
#include "workload.hpp"

namespace bench {

/// What one side did in all its repetitions.
struct SideResult {
  std::vector<double> seconds;
  std::uint64_t resident_peak = 0;
  std::uint64_t managed_peak = 0;

  double least() const;
  double middle() const;
};

/// What became of a workload. With `skipped` or `failed` set, the times are of no use.
struct Comparison {
  Workload workload;
  SideResult engine;
  SideResult hand;  ///< No times where the workload has no such side.
  std::string skipped = {};
  std::string failed = {};
  std::optional<std::uint64_t> checksum = {};  ///< What both sides came to.
  std::vector<PeerResult> peers = {};          ///< Other engines, where they were asked for.

  bool measured() const { return skipped.empty() && failed.empty(); }
  /// Engine's time over the hand-written one's, pair by pair.
  std::vector<double> ratios() const;
  /// Whether the target, which is for full sizes, is met; nothing where none applies.
  std::optional<bool> meets_target(const Setup& setup) const;
  std::optional<bool> meets_then_target(const Setup& setup) const;
  std::optional<bool> meets_memory_target(const Setup& setup) const;
  /// The engine's peak of resident memory over the hand-written one's. Needs both sides.
  double memory_ratio() const;
};

/// Runs engine, hand, engine, hand, ... after one repetition of each that does not count. Speeds
/// drift on a shared machine: only what was taken within moments can be set against each other.
Comparison compare(const Workload& workload, const Setup& setup, int pairs);

}  // namespace bench
