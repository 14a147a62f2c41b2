// Inside cluster/ only: where streams come from. One network has all members of a cluster.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <asio.hpp>

#include "kindred/cluster/stream.hpp"

namespace kindred::cluster {

/// Takes the streams that come to one port, until close() or its destructor. Of its io_context's
/// threads, but for port().
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  virtual std::uint16_t port() const = 0;
  /// Gives `taken` each stream that comes. Called once.
  virtual void accept_each(std::function<void(std::unique_ptr<Stream>)> taken) = 0;
  virtual void close() = 0;
};

/// Safe to use from any thread.
class Network {
 public:
  using Connected = std::function<void(asio::error_code error, std::unique_ptr<Stream> stream)>;

  Network() = default;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  virtual ~Network() = default;

  /// Listens on a port that nobody else has.
  virtual std::unique_ptr<Listener> listen(asio::io_context& io) = 0;
  /// Connects to a port, and calls `connected` on a thread of `io`; without a stream where there is
  /// an error.
  virtual void connect(asio::io_context& io, std::uint16_t port, Connected connected) = 0;
  /// Whether its members may be other processes of one host, which can do without it.
  virtual bool on_one_host() const { return false; }
};

/// TCP on the loopback interface. The sockets are not inherited: one that an executor held would
/// keep the others from seeing the driver's end.
std::shared_ptr<Network> loopback_network();

}  // namespace kindred::cluster
