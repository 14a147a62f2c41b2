// What the program of a peer, another engine, prints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// What a peer did with one workload. With `skipped` or `failed` set, the times are of no use.
struct PeerResult {
  std::string peer;
  std::vector<double> seconds = {};
  std::optional<std::uint64_t> checksum = {};
  std::string skipped = {};
  std::string failed = {};

  bool measured() const { return skipped.empty() && failed.empty(); }
};

/// Reads lines "checksum 123", "seconds 0.5" and "skipped why". Others are the peer's own chatter;
/// where no times came, or a checksum that is not `expected`, the last of it says why it failed.
PeerResult read_peer(std::string peer, std::string_view lines, std::uint64_t expected);

}  // namespace bench
