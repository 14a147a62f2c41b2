#include <fmt/format.h>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/secret.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {

class BlockServer::Service {
 public:
  Service(const ShuffleStore& shuffles, std::string secret, std::uint32_t threads)
      : shuffles_(shuffles),
        secret_(std::move(secret)),
        io_(threads),
        acceptor_(listen_on_loopback(io_.context())),
        port_(acceptor_.local_endpoint().port()) {
    accept_each(acceptor_, io_.context(),
                [this](auto connection) { serve(std::move(connection)); });
  }
  ~Service() { io_.stop(); }

  std::uint16_t port() const { return port_; }

 private:
  void serve(const std::shared_ptr<Connection>& connection) {
    // Not a strong reference: the connection keeps its callbacks.
    const std::weak_ptr<Connection> weak = connection;
    connection->start(
        [this, weak, greeted = false](Message message) mutable {
          const auto peer = weak.lock();
          if (peer == nullptr) return;
          if (!std::exchange(greeted, true)) return greet(*peer, message);
          const auto* fetch = std::get_if<FetchBucket>(&message);
          if (fetch == nullptr) throw DecodeError("only buckets can be had here");
          peer->send(bucket(*fetch));
        },
        [](const std::string& reason) {
          if (reason != Connection::kPeerClosed) {
            detail::log_warning(
                fmt::format("a connection to the block service was closed: {}", reason));
          }
        });
  }

  void greet(Connection& peer, const Message& message) {
    const auto* hello = std::get_if<BlockHello>(&message);
    if (hello == nullptr) throw DecodeError("the first message is no greeting");
    std::string reason;
    if (!same_secret(hello->secret, secret_)) {
      reason = "the secret is not that of this driver's executors";
    } else if (hello->build_id != program_build_id()) {
      reason = "it is another build of the program";
    }
    if (reason.empty()) return;
    peer.send(Refuse{reason});
    peer.close("refused: " + reason);
  }

  Bucket bucket(const FetchBucket& fetch) const {
    try {
      auto bytes = shuffles_.sealed_bucket(fetch.shuffle, fetch.map, fetch.reduce);
      // Leaves room for what else is in the message.
      if (bytes.size() > kMostPayload - kMostGreeting) {
        return {fetch.request, false,
                fmt::format("a bucket of {} bytes is too large to send: use more partitions",
                            bytes.size())};
      }
      return {fetch.request, true, std::move(bytes)};
    } catch (const std::exception& failure) {
      return {fetch.request, false, failure.what()};
    }
  }

  const ShuffleStore& shuffles_;
  const std::string secret_;
  IoThreads io_;
  asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_;
};

BlockServer::BlockServer(const ShuffleStore& shuffles, std::string secret, std::uint32_t threads)
    : service_(std::make_unique<Service>(shuffles, std::move(secret), threads)) {}

BlockServer::~BlockServer() = default;

std::uint16_t BlockServer::port() const { return service_->port(); }

}  // namespace kindred::cluster
