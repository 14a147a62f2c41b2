// Inside cluster/ only: a network in the memory of one process, on which things can go wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "kindred/cluster/network.hpp"

namespace kindred::cluster {

class MemoryWire;

/// What becomes of a message on its way.
enum class Fate : std::uint8_t {
  arrives,
  cut_before,      ///< the connection ends before its first byte
  cut_within,      ///< the connection ends in the middle of it
  cut_after,       ///< it arrives, and the connection ends
  lost_from_here,  ///< it and all that follows in its direction never arrive: half-open
  held,            ///< it and what follows in its direction wait while others get on
  altered,         ///< one of its bytes is another when it arrives
};

/// Carries bytes without the system: nothing is sent, so that a debugger or a sanitizer sees all
/// of it, and an io_context that is polled by one thread makes the order of events repeatable.
class MemoryNetwork final : public Network {
 public:
  /// Tells the fate of each message when it is sent: the frame, whoever sends it to whom. Called
  /// by one thread at a time, and not to use the network itself.
  using Faults = std::function<Fate(std::string_view frame)>;
  /// So many more messages are sent by anybody before one that is held goes on.
  static constexpr std::uint32_t kHeldFor = 8;

  explicit MemoryNetwork(Faults faults = {});

  std::unique_ptr<Listener> listen(asio::io_context& io) override;
  void connect(asio::io_context& io, std::uint16_t port, Connected connected) override;

 private:
  const std::shared_ptr<MemoryWire> wire_;  // the streams and listeners have it too
};

}  // namespace kindred::cluster
