#include <fmt/format.h>
#include <optional>
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
  Service(const ShuffleStore& shuffles, const BlockStore& blocks, Pieces& pieces,
          std::string secret, std::uint32_t threads, std::shared_ptr<Network> network)
      : shuffles_(shuffles),
        blocks_(blocks),
        pieces_(pieces),
        secret_(std::move(secret)),
        network_(std::move(network)),
        io_(threads),
        listener_(network_->listen(io_.context())) {
    listener_->accept_each(
        [this](auto stream) { serve(std::make_shared<Connection>(std::move(stream))); });
  }
  ~Service() { io_.stop(); }

  std::uint16_t port() const { return listener_->port(); }

 private:
  void serve(const std::shared_ptr<Connection>& connection) {
    // Not a strong reference: the connection keeps its callbacks.
    const std::weak_ptr<Connection> weak = connection;
    connection->start(
        [this, weak, from = std::optional<ExecutorId>()](Message message) mutable {
          const auto peer = weak.lock();
          if (peer == nullptr) return;
          if (!from) {
            from = greet(*peer, message);
          } else if (const auto* fetch = std::get_if<FetchBucket>(&message)) {
            peer->send(answer(fetch->request, "a bucket", [&] {
              return shuffles_.sealed_bucket(fetch->shuffle, fetch->map, fetch->reduce);
            }));
          } else if (const auto* block = std::get_if<FetchBlock>(&message)) {
            peer->send(answer(block->request, "a cached block",
                              [&] { return blocks_.sealed(block->block); }));
          } else if (const auto* wanted = std::get_if<FetchPiece>(&message)) {
            peer->send(piece(*wanted, *from));
          } else if (const auto* have = std::get_if<HavePiece>(&message)) {
            pieces_.note(*have, *from);
          } else {
            throw DecodeError("only buckets, blocks and pieces of broadcasts can be had here");
          }
        },
        [](const std::string& reason) {
          if (reason != Connection::kPeerClosed) {
            detail::log_warning(
                fmt::format("a connection to the block service was closed: {}", reason));
          }
        });
  }

  ExecutorId greet(Connection& peer, const Message& message) {
    const auto* hello = std::get_if<BlockHello>(&message);
    if (hello == nullptr) throw DecodeError("the first message is no greeting");
    std::string reason;
    if (!same_secret(hello->secret, secret_)) {
      reason = "the secret is not that of this driver's executors";
    } else if (hello->build_id != program_build_id()) {
      reason = "it is another build of the program";
    }
    if (!reason.empty()) {
      peer.send(Refuse{reason});
      peer.close("refused: " + reason);
    }
    return hello->from;
  }

  Message piece(const FetchPiece& wanted, ExecutorId asker) const {
    try {
      return pieces_.find(wanted, asker);
    } catch (const UsageError& error) {
      return NoBroadcast{wanted.request, error.what()};
    } catch (const std::exception& failure) {
      return Bucket{wanted.request, false, failure.what()};
    }
  }

  // What `sealed` gives, or why it gives nothing.
  template <class Sealed>
  static Bucket answer(std::uint64_t request, const char* what, Sealed sealed) {
    try {
      auto bytes = sealed();
      // Leaves room for what else is in the message.
      if (bytes.size() > kMostPayload - kMostGreeting) {
        return {request, false,
                fmt::format("{} of {} bytes is too large to send: use more partitions", what,
                            bytes.size())};
      }
      return {request, true, std::move(bytes)};
    } catch (const std::exception& failure) {
      return {request, false, failure.what()};
    }
  }

  const ShuffleStore& shuffles_;
  const BlockStore& blocks_;
  Pieces& pieces_;
  const std::string secret_;
  const std::shared_ptr<Network> network_;
  IoThreads io_;
  const std::unique_ptr<Listener> listener_;
};

BlockServer::BlockServer(const ShuffleStore& shuffles, const BlockStore& blocks, Pieces& pieces,
                         std::string secret, std::uint32_t threads,
                         std::shared_ptr<Network> network)
    : service_(std::make_unique<Service>(shuffles, blocks, pieces, std::move(secret), threads,
                                         std::move(network))) {}

BlockServer::~BlockServer() = default;

std::uint16_t BlockServer::port() const { return service_->port(); }

}  // namespace kindred::cluster
