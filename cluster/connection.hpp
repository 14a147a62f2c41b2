// Inside cluster/ only: messages over a stream.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <asio.hpp>

#include "kindred/cluster/frame.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/cluster/network.hpp"
#include "kindred/cluster/stream.hpp"
#include "kindred/engine/block_bytes.hpp"

namespace kindred::cluster {

/// One end of a connection that carries messages. What arrives is given to callbacks, one after the
/// other, on a thread of the stream's io_context. send(), close() and received() may be called by
/// any thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// May throw DecodeError: the connection then closes with its text as the reason.
  using OnMessage = std::function<void(Message)>;
  /// Called once, last of all, with the reason: the peer's end, an error, or close().
  using OnClosed = std::function<void(const std::string& reason)>;

  /// The reasons where the peer is gone: between two messages, or in the middle of one.
  static constexpr std::string_view kPeerClosed = "the peer closed the connection";
  static constexpr std::string_view kCutOff = "the connection ended in the middle of a message";

  /// Until trust() the peer's messages may be kMostGreeting long.
  explicit Connection(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  /// Begins to read. The callbacks are kept until the connection is closed.
  void start(OnMessage on_message, OnClosed on_closed);
  /// The peer said who it is: its messages may be long now. Called by a callback.
  void trust() { reader_.limit(kMostPayload); }
  /// Lets the bytes of each BlockPiece come to rest where `place` says, before it is given to
  /// on_message. Called before start(), or by a callback.
  using Place = std::function<FrameReader::Room(const BlockPiece& piece)>;
  void place_pieces(Place place);
  /// How many bytes came so far: those of a message that is still under way count too.
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }
  /// Queues a message. One for a closed connection is dropped: on_closed tells of it. Throws
  /// UsageError for one that is too long.
  void send(const Message& message);
  /// Queues a block: a BlockStart, and pieces that are written when their turn comes, so that one
  /// large block does not hold up others. Nothing is copied.
  void send_block(std::uint64_t request, BlockBytes block);
  /// Closes the connection when what was sent before is written, or has failed. Nothing that
  /// arrives is given to on_message any longer.
  void close(std::string reason);

 private:
  // A block that is being sent.
  struct Sending {
    std::uint64_t request;
    std::shared_ptr<const BlockBytes> block;
    std::uint64_t size;
    std::uint64_t sent = 0;
    std::size_t part = 0;     // where the rest begins
    std::size_t in_part = 0;  // and where in that part

    OutgoingFrame next_piece();
  };

  void read();
  void queue(OutgoingFrame frame, std::optional<Sending> block);
  void write();
  void arrived(std::size_t size);
  void broken(asio::error_code error);
  void closed(const std::string& reason);

  const std::unique_ptr<Stream> stream_;
  FrameReader reader_{kMostGreeting};  // of the stream's executor, as all that is not guarded
  OnMessage on_message_;
  OnClosed on_closed_;
  std::vector<OutgoingFrame> being_written_;
  bool closed_ = false;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<bool> closing_{false};

  std::mutex mutex_;
  std::vector<OutgoingFrame> outbox_;        // guarded by mutex_
  std::deque<Sending> blocks_;               // guarded by mutex_
  bool writing_ = false;                     // guarded by mutex_
  std::optional<std::string> close_reason_;  // guarded by mutex_
};

/// Connects to a port of the network. Throws Error when that takes longer than `timeout`, or fails.
/// Some other thread must run `io`.
std::shared_ptr<Connection> connect_within(Network& network, asio::io_context& io,
                                           std::uint16_t port, std::chrono::milliseconds timeout);

/// An io_context with threads that run it until the destructor; handlers that are left are dropped.
class IoThreads {
 public:
  explicit IoThreads(std::uint32_t threads);
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;
  ~IoThreads() { stop(); }

  asio::io_context& context() { return context_; }
  /// Not to be called by a handler.
  void stop();

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

}  // namespace kindred::cluster
