#include <algorithm>
#include <atomic>
#include <exception>
#include <fmt/format.h>
#include <future>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "kindred/cluster/block_in_place.hpp"
#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// Why a request has no answer. Where its connection ended, or a message on it was damaged, another
// connection may bring one; where none came in time, or the executor is gone, none would.
struct NoAnswer {
  std::string reason;
  bool again = false;
};
using Outcome = std::variant<Message, NoAnswer, BlockBufferRef>;

// More than any memory holds; what is added to it does not overflow.
constexpr std::uint64_t kMostBlock = std::uint64_t{1} << 48;

BlockBufferRef buffer_of(std::string_view bytes, const MemoryRef& memory) {
  auto buffer = std::make_shared<BlockBuffer>(bytes.size(), memory);
  std::copy(bytes.begin(), bytes.end(), buffer->bytes().begin());
  return buffer;
}

// The block service of one other executor: a connection, made when it is first needed, and the
// requests that wait for an answer on it. Safe to use from any thread.
class Peer : public std::enable_shared_from_this<Peer> {
 public:
  Peer(Network& network, asio::io_context& io, ExecutorAddress address, BlockHello hello,
       BlockTimeouts timeouts, HostMemory memory)
      : network_(network),
        io_(io),
        address_(address),
        hello_(std::move(hello)),
        timeouts_(timeouts),
        in_place_(memory == HostMemory::read && network.on_one_host()) {}

  std::uint16_t port() const { return address_.block_port; }

  std::unique_ptr<RemoteBlock> fetch(FetchBucket request, const MemoryRef& memory) {
    request.in_place = in_place_;
    auto answer = answer_to(request, memory);
    if (auto* there = message_in<BlockInPlace>(answer)) {
      auto block = std::make_unique<BlockElsewhere>(
          MemoryReader(std::move(there->mark), std::move(there->parts)), memory, name(),
          [self = shared_from_this(), request = there->request] { self->taken(request); });
      if (block->can_be_read()) return block;
      // Another name space of processes, or a system that does not let us.
      in_place_ = request.in_place = false;
      answer = answer_to(request, memory);
    }
    if (auto* block = std::get_if<BlockBufferRef>(&answer)) return whole_block(std::move(*block));
    const auto* bucket = message_in<Bucket>(answer);
    if (bucket == nullptr) throw Error(named("an answer to another question"));
    return whole_block(buffer_of(bucket->bytes, memory));
  }
  std::string fetch(FetchBlock request) {
    auto answer = answer_to(request, nullptr);
    auto* bucket = message_in<Bucket>(answer);
    if (bucket == nullptr) throw Error(named("an answer to another question"));
    return std::move(bucket->bytes);
  }
  Piece fetch(FetchPiece request) {
    auto answer = answer_to(request, nullptr);
    if (const auto* wrong = message_in<NoBroadcast>(answer)) throw UsageError(wrong->reason);
    auto* piece = message_in<Piece>(answer);
    if (piece == nullptr) throw Error(named("an answer to another question"));
    return std::move(*piece);
  }
  void tell(const HavePiece& message) {
    const std::lock_guard one_at_a_time(connecting_);
    connected()->send(message);
  }

  /// Fails all requests that wait, and all that come: a task may have found this peer just before.
  void leave(const std::string& reason) {
    std::shared_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      gone_ = reason;
      connection = connection_;
    }
    if (connection != nullptr) drop(connection, reason);
  }

 private:
  struct Asked {
    std::future<Outcome> answer;
    std::shared_ptr<Connection> connection;
  };
  struct Waiting {
    std::promise<Outcome> answer;
    MemoryRef memory;           // for a block; null where none is asked for
    BlockBufferRef block = {};  // as far as it arrived
    std::uint64_t arrived = 0;
  };
  template <class Kind>
  static Kind* message_in(Outcome& answer) {
    auto* message = std::get_if<Message>(&answer);
    return message == nullptr ? nullptr : std::get_if<Kind>(message);
  }

  std::string name() const {
    return address_.executor == kDriverBlocks ? "the driver"
                                              : fmt::format("executor {}", address_.executor.value);
  }

  void drop(const std::shared_ptr<Connection>& connection, const std::string& reason) {
    fail_all(connection, {reason, false});
    connection->close(reason);
  }
  std::string named(const std::string& text) const { return fmt::format("{}: {}", name(), text); }

  // Asks once more where the connection is lost. Throws where there is no answer, or it says that
  // the block is not there.
  template <class Request>
  Outcome answer_to(const Request& request, const MemoryRef& memory) {
    auto answer = one_answer_to(request, memory);
    if (const auto* none = std::get_if<NoAnswer>(&answer); none != nullptr && none->again) {
      detail::log_warning(fmt::format("{}; it is asked again", named(none->reason)));
      answer = one_answer_to(request, memory);
    }
    if (const auto* none = std::get_if<NoAnswer>(&answer)) throw Error(named(none->reason));
    if (const auto* bucket = message_in<Bucket>(answer); bucket != nullptr && !bucket->found) {
      throw Error(named(bucket->bytes));
    }
    return answer;
  }

  template <class Request>
  Outcome one_answer_to(Request request, const MemoryRef& memory) {
    auto [waiting, connection] = ask(request, memory);
    // It was lost just before.
    if (connection == nullptr) return waiting.get();
    // While bytes come there is an answer on its way, however long, or that of another task.
    std::uint64_t received = 0;
    while (waiting.wait_for(timeouts_.answer) != std::future_status::ready) {
      if (connection->received() == std::exchange(received, connection->received())) {
        // The others that wait on it gain nothing from waiting longer.
        drop(connection, fmt::format("no answer within {} ms", timeouts_.answer.count()));
      }
    }
    return waiting.get();
  }

  template <class Request>
  Asked ask(Request request, const MemoryRef& memory) {
    const std::lock_guard one_at_a_time(connecting_);
    const auto connection = connected();
    const std::lock_guard lock(mutex_);
    if (gone_) throw Error(named(*gone_));
    std::promise<Outcome> promise;
    auto answer = promise.get_future();
    if (connection != connection_) {
      promise.set_value(NoAnswer{last_end_, true});
      return {std::move(answer), nullptr};
    }
    request.request = next_++;
    waiting_.emplace(request.request, Waiting{std::move(promise), memory});
    connection->send(request);
    return {std::move(answer), connection};
  }

  // Under connecting_, since other tasks that want this peer would have to wait anyway, but not
  // under mutex_: the io thread, which has to connect, may want that for an earlier connection.
  std::shared_ptr<Connection> connected() {
    {
      const std::lock_guard lock(mutex_);
      if (gone_) throw Error(named(*gone_));
      if (connection_ != nullptr) return connection_;
    }
    std::shared_ptr<Connection> connection;
    try {
      connection = connect_within(network_, io_, address_.block_port, timeouts_.connect);
    } catch (const Error& error) {
      throw Error(named(error.what()));
    }
    // Until it has started: who lets go of the executor meanwhile closes one that has, or none.
    const std::lock_guard lock(mutex_);
    if (gone_) throw Error(named(*gone_));
    connection_ = connection;
    connection->trust();
    const std::weak_ptr<Connection> weak = connection;
    const auto self = shared_from_this();
    connection->place_pieces([self](const BlockPiece& piece) { return self->room_for(piece); });
    connection->start([self](Message message) { self->take(message); },
                      [self, weak](const std::string& reason) { self->lost(weak.lock(), reason); });
    connection->send(hello_);
    return connection;
  }

  void take(Message& message) {
    if (const auto* refuse = std::get_if<Refuse>(&message)) {
      throw DecodeError("refused: " + refuse->reason);
    }
    if (const auto* start = std::get_if<BlockStart>(&message)) return begin(*start);
    if (const auto* piece = std::get_if<BlockPiece>(&message)) return arrived(*piece);
    const auto request = std::visit(
        [](const auto& answer) -> std::uint64_t {
          using Answer = std::remove_cvref_t<decltype(answer)>;
          if constexpr (std::is_same_v<Answer, Bucket> || std::is_same_v<Answer, BlockInPlace> ||
                        std::is_same_v<Answer, Piece> || std::is_same_v<Answer, NoBroadcast>) {
            return answer.request;
          } else {
            throw DecodeError("an answer that is no block");
          }
        },
        message);
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(request);
    if (found == waiting_.end()) return;
    found->second.answer.set_value(std::move(message));
    waiting_.erase(found);
  }

  void begin(const BlockStart& start) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(start.request);
    if (found == waiting_.end()) return;
    auto& waiting = found->second;
    if (waiting.memory == nullptr || waiting.block != nullptr) {
      throw DecodeError("a block that was not asked for");
    }
    if (start.size > kMostBlock) throw DecodeError("a block of an impossible size");
    try {
      waiting.block = std::make_shared<BlockBuffer>(start.size, waiting.memory);
    } catch (const std::exception&) {
      // No room: its pieces are read all the same, and go nowhere.
      waiting.answer.set_exception(std::current_exception());
      waiting_.erase(found);
    }
  }
  // Owned beside the task, which may have given up waiting.
  FrameReader::Room room_for(const BlockPiece& piece) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(piece.request);
    if (found == waiting_.end()) return {};
    const auto& waiting = found->second;
    if (waiting.block == nullptr || piece.offset != waiting.arrived ||
        piece.length > waiting.block->bytes().size() - waiting.arrived) {
      throw DecodeError("a piece of a block that does not follow the last one");
    }
    return {waiting.block->bytes().subspan(piece.offset, piece.length), waiting.block};
  }
  void arrived(const BlockPiece& piece) {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(piece.request);
    if (found == waiting_.end()) return;
    auto& waiting = found->second;
    waiting.arrived += piece.length;
    if (waiting.arrived < waiting.block->bytes().size()) return;
    waiting.answer.set_value(std::move(waiting.block));
    waiting_.erase(found);
  }

  // A block that was read in place need not stay. A connection that has ended meanwhile holds
  // nothing any more.
  void taken(std::uint64_t request) {
    const std::lock_guard lock(mutex_);
    if (connection_ != nullptr) connection_->send(BlockTaken{request});
  }

  void lost(const std::shared_ptr<Connection>& connection, const std::string& reason) {
    fail_all(connection, {reason, true});
  }
  void fail_all(const std::shared_ptr<Connection>& connection, const NoAnswer& none) {
    const std::lock_guard lock(mutex_);
    if (connection == nullptr || connection != connection_) return;
    connection_ = nullptr;
    last_end_ = none.reason;
    for (auto& [request, waiting] : waiting_) waiting.answer.set_value(none);
    waiting_.clear();
  }

  Network& network_;
  asio::io_context& io_;
  const ExecutorAddress address_;
  const BlockHello hello_;
  const BlockTimeouts timeouts_;
  std::atomic<bool> in_place_;
  std::mutex connecting_;  // taken before mutex_
  std::mutex mutex_;
  std::shared_ptr<Connection> connection_;              // guarded by mutex_
  std::unordered_map<std::uint64_t, Waiting> waiting_;  // guarded by mutex_
  std::string last_end_;             // guarded by mutex_: why the last connection ended
  std::optional<std::string> gone_;  // guarded by mutex_: why there will be no other
  std::uint64_t next_ = 0;           // guarded by mutex_
};

}  // namespace

class BlockClient::Peers {
 public:
  Peers(ExecutorId self, std::string secret, BlockTimeouts timeouts,
        std::shared_ptr<Network> network, HostMemory memory)
      : hello_{program_build_id(), self, std::move(secret)},
        timeouts_(timeouts),
        memory_(memory),
        network_(std::move(network)),
        io_(1) {}
  ~Peers() {
    set_addresses({});
    io_.stop();
  }

  void set_addresses(const std::vector<ExecutorAddress>& executors) {
    std::unordered_map<ExecutorId, std::shared_ptr<Peer>> gone;
    {
      const std::lock_guard lock(mutex_);
      gone.swap(peers_);
      for (const auto& address : executors) {
        const auto known = gone.find(address.executor);
        if (known != gone.end() && known->second->port() == address.block_port) {
          peers_.insert(gone.extract(known));
        } else {
          peers_.emplace(address.executor, std::make_shared<Peer>(*network_, io_.context(), address,
                                                                  hello_, timeouts_, memory_));
        }
      }
    }
    for (const auto& [executor, peer] : gone) peer->leave("the executor is gone");
  }

  std::shared_ptr<Peer> find(ExecutorId executor) {
    const std::lock_guard lock(mutex_);
    const auto found = peers_.find(executor);
    if (found == peers_.end()) {
      throw Error(executor == kDriverBlocks
                      ? "the driver is not known yet"
                      : fmt::format("executor {}: it is not there any longer", executor.value));
    }
    return found->second;
  }

 private:
  const BlockHello hello_;
  const BlockTimeouts timeouts_;
  const HostMemory memory_;
  const std::shared_ptr<Network> network_;
  IoThreads io_;
  std::mutex mutex_;
  std::unordered_map<ExecutorId, std::shared_ptr<Peer>> peers_;  // guarded by mutex_
};

BlockClient::BlockClient(ExecutorId self, std::string secret, BlockTimeouts timeouts,
                         std::shared_ptr<Network> network, HostMemory memory)
    : peers_(
          std::make_unique<Peers>(self, std::move(secret), timeouts, std::move(network), memory)) {}

BlockClient::~BlockClient() = default;

void BlockClient::set_addresses(const std::vector<ExecutorAddress>& executors) {
  peers_->set_addresses(executors);
}

std::unique_ptr<RemoteBlock> BlockClient::fetch(ExecutorId from, ShuffleId shuffle, PartitionId map,
                                                PartitionId reduce, const MemoryRef& memory) {
  return peers_->find(from)->fetch(FetchBucket{0, shuffle, map, reduce}, memory);
}

std::string BlockClient::fetch_block(ExecutorId from, BlockId block) {
  return peers_->find(from)->fetch(FetchBlock{0, block});
}

Piece BlockClient::fetch_piece(ExecutorId from, BroadcastId broadcast, std::uint32_t index,
                               bool here) {
  return peers_->find(from)->fetch(FetchPiece{0, broadcast, index, here});
}

void BlockClient::announce(BroadcastId broadcast, std::uint32_t index) {
  peers_->find(kDriverBlocks)->tell({broadcast, index});
}

}  // namespace kindred::cluster
