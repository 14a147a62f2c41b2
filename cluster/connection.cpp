#include "kindred/cluster/connection.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <future>
#include <pthread.h>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

// Small enough to be in the processor's caches still when it is sent, after it was summed up.
constexpr std::size_t kPieceBytes = 256 << 10;

}  // namespace

void Connection::place_pieces(Place place) {
  reader_.place(piece_type(), kBlockPieceBytes,
                [place = std::move(place)](std::string_view head, std::uint64_t length) {
                  const auto piece = decode_piece(head);
                  if (piece.length != length) {
                    throw DecodeError("a piece of a block of another length than it says");
                  }
                  return place(piece);
                });
}

void Connection::start(OnMessage on_message, OnClosed on_closed) {
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  asio::dispatch(stream_->executor(), [self = shared_from_this()] { self->read(); });
}

void Connection::read() {
  if (closed_) return;
  stream_->read_some(reader_.space(),
                     [self = shared_from_this()](asio::error_code error, std::size_t size) {
                       if (error) return self->broken(error);
                       self->arrived(size);
                     });
}

void Connection::arrived(std::size_t size) {
  received_.fetch_add(size, std::memory_order_relaxed);
  try {
    if (const auto frame = reader_.filled(size)) {
      auto message = decode_message(*frame);
      if (!closed_ && !closing_) on_message_(std::move(message));
    }
  } catch (const std::exception& failure) {
    return closed(failure.what());
  }
  read();
}

void Connection::send(const Message& message) { queue({encode_message(message)}, std::nullopt); }

void Connection::send_block(std::uint64_t request, BlockBytes block) {
  const auto size = block.size();
  queue({encode_message(BlockStart{request, size})},
        Sending{request, std::make_shared<const BlockBytes>(std::move(block)), size});
}

void Connection::queue(OutgoingFrame frame, std::optional<Sending> block) {
  {
    const std::lock_guard lock(mutex_);
    if (close_reason_) return;
    outbox_.push_back(std::move(frame));
    if (block) blocks_.push_back(std::move(*block));
    if (writing_) return;
    writing_ = true;
  }
  asio::post(stream_->executor(), [self = shared_from_this()] { self->write(); });
}

void Connection::close(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    if (close_reason_) return;
    close_reason_ = std::move(reason);
    closing_ = true;
    if (writing_) return;
    writing_ = true;
  }
  asio::post(stream_->executor(), [self = shared_from_this()] { self->write(); });
}

OutgoingFrame Connection::Sending::next_piece() {
  const BlockPiece piece{request, sent, std::min<std::uint64_t>(size - sent, kPieceBytes)};
  std::vector<std::span<const char>> body;
  for (std::uint64_t left = piece.length; left > 0;) {
    const auto rest = block->parts[part].subspan(in_part);
    const auto taken = rest.first(std::min<std::uint64_t>(rest.size(), left));
    if (!taken.empty()) body.push_back(taken);
    left -= taken.size();
    in_part += taken.size();
    if (in_part == block->parts[part].size()) {
      ++part;
      in_part = 0;
    }
  }
  if (body.empty()) body.emplace_back();  // of an empty block
  sent += piece.length;
  auto frame = piece_frame(piece, std::move(body));
  frame.owner = block;
  return frame;
}

// Writes all that was queued meanwhile in one go, with a piece of one block, and closes the
// connection when that was asked for and nothing is left.
void Connection::write() {
  being_written_.clear();
  std::optional<std::string> reason;
  std::optional<Sending> block;
  {
    const std::lock_guard lock(mutex_);
    being_written_.swap(outbox_);
    if (!blocks_.empty()) {
      block = std::move(blocks_.front());
      blocks_.pop_front();
    } else if (being_written_.empty()) {
      reason = close_reason_;
      if (!reason) writing_ = false;
    }
  }
  if (block) {
    being_written_.push_back(block->next_piece());
    if (block->sent < block->size) {
      const std::lock_guard lock(mutex_);
      blocks_.push_back(std::move(*block));
    }
  }
  if (reason) return closed(*reason);
  if (being_written_.empty() || closed_) return;
  stream_->write(being_written_, [self = shared_from_this()](asio::error_code error, std::size_t) {
    if (error) return self->broken(error);
    self->write();
  });
}

void Connection::broken(asio::error_code error) {
  const bool gone = error == asio::error::eof || error == asio::error::connection_reset ||
                    error == asio::error::broken_pipe;
  if (!gone) return closed(error.message());
  closed(std::string(reader_.in_frame() ? kCutOff : kPeerClosed));
}

void Connection::closed(const std::string& reason) {
  if (std::exchange(closed_, true)) return;
  {
    const std::lock_guard lock(mutex_);
    if (!close_reason_) close_reason_ = reason;
    outbox_.clear();
    blocks_.clear();
  }
  stream_->close();
  // Callbacks hold what holds this connection.
  const auto on_message = std::exchange(on_message_, nullptr);
  const auto on_closed = std::exchange(on_closed_, nullptr);
  if (on_closed) on_closed(reason);
}

std::shared_ptr<Connection> connect_within(Network& network, asio::io_context& io,
                                           std::uint16_t port, std::chrono::milliseconds timeout) {
  using Outcome = std::pair<asio::error_code, std::unique_ptr<Stream>>;
  const auto done = std::make_shared<std::promise<Outcome>>();
  network.connect(io, port, [done](asio::error_code error, std::unique_ptr<Stream> stream) {
    done->set_value({error, std::move(stream)});
  });
  auto connected = done->get_future();
  if (connected.wait_for(timeout) != std::future_status::ready) {
    throw Error(fmt::format("no connection to port {} within {} ms", port, timeout.count()));
  }
  auto [error, stream] = connected.get();
  if (error) throw Error(fmt::format("no connection to port {}: {}", port, error.message()));
  return std::make_shared<Connection>(std::move(stream));
}

IoThreads::IoThreads(std::uint32_t threads) : work_(asio::make_work_guard(context_)) {
  // The program's signals are for its own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (std::uint32_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "kindred-io");
      context_.run();
    });
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void IoThreads::stop() {
  context_.stop();
  for (auto& thread : std::exchange(threads_, {})) thread.join();
}

}  // namespace kindred::cluster
