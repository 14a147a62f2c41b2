#include <fmt/format.h>
#include <optional>
#include <unordered_map>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/process_memory.hpp"
#include "kindred/cluster/secret.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// Up to here a bucket is one message: another way would cost more than its bytes.
constexpr std::uint64_t kSmall = 64 << 10;

// A block that stays where it is because somebody reads it there. The mark, which says so, goes
// first.
struct Lent {
  BlockBytes block;
  std::unique_ptr<const OwnMark> mark = std::make_unique<const OwnMark>();
};

// Who asks on a connection, once that is known, and what it reads.
struct Asker {
  std::optional<ExecutorId> id;
  std::unordered_map<std::uint64_t, Lent> reads = {};
};

}  // namespace

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
        [this, weak, asker = std::make_shared<Asker>()](Message message) {
          const auto peer = weak.lock();
          if (peer == nullptr) return;
          if (!asker->id) {
            asker->id = greet(*peer, message);
          } else if (const auto* fetch = std::get_if<FetchBucket>(&message)) {
            answer(*peer, *fetch, *asker);
          } else if (const auto* block = std::get_if<FetchBlock>(&message)) {
            peer->send(answer(*block));
          } else if (const auto* taken = std::get_if<BlockTaken>(&message)) {
            asker->reads.erase(taken->request);
          } else if (const auto* wanted = std::get_if<FetchPiece>(&message)) {
            peer->send(piece(*wanted, *asker->id));
          } else if (const auto* have = std::get_if<HavePiece>(&message)) {
            pieces_.note(*have, *asker->id);
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

  Bucket answer(const FetchBlock& wanted) const {
    try {
      auto bytes = blocks_.sealed(wanted.block);
      // Leaves room for what else is in the message.
      if (bytes.size() > kMostPayload - kMostGreeting) {
        return {wanted.request, false,
                fmt::format("a cached block of {} bytes is too large to send: use more partitions",
                            bytes.size())};
      }
      return {wanted.request, true, std::move(bytes)};
    } catch (const std::exception& failure) {
      return {wanted.request, false, failure.what()};
    }
  }
  void answer(Connection& peer, const FetchBucket& fetch, Asker& asker) const {
    BlockBytes block;
    try {
      block = shuffles_.bucket(fetch.shuffle, fetch.map, fetch.reduce);
    } catch (const std::exception& failure) {
      return peer.send(Bucket{fetch.request, false, failure.what()});
    }
    const auto size = block.size();
    if (size <= kSmall) {
      Bucket bucket{fetch.request, true, {}};
      bucket.bytes.reserve(size);
      for (const auto& part : block.parts) bucket.bytes.append(part.data(), part.size());
      peer.send(bucket);
    } else if (fetch.in_place) {
      const auto [lent, is_new] = asker.reads.try_emplace(fetch.request, Lent{std::move(block)});
      if (!is_new) throw DecodeError("two requests of the same number");
      peer.send(BlockInPlace{fetch.request, lent->second.mark->mark(),
                             parts_in_memory(lent->second.block)});
    } else {
      peer.send_block(fetch.request, std::move(block));
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
