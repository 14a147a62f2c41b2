// Whether a peer is still at work, though its connection is open.
#pragma once

#include <chrono>
#include <cstdint>

namespace kindred::cluster {

/// Counts the silent intervals of a peer that sends something in each. It knows no time but the
/// calls of its owner: one that was stopped itself, or was busy for long, finds what came meanwhile
/// before it takes its peer for hung.
class Liveness {
 public:
  Liveness(std::chrono::milliseconds interval, std::chrono::milliseconds timeout)
      : most_((timeout.count() + interval.count() - 1) / interval.count()) {}

  /// Called once an interval with the bytes that came so far: true when none came for `timeout`.
  bool hung(std::uint64_t received) {
    if (received != received_) silent_ = 0;
    received_ = received;
    return ++silent_ > most_;
  }

 private:
  std::int64_t most_;
  std::int64_t silent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace kindred::cluster
