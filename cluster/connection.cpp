#include "kindred/cluster/connection.hpp"

#include <csignal>
#include <fcntl.h>
#include <fmt/format.h>
#include <future>
#include <pthread.h>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

using asio::ip::tcp;

// Asio opens sockets that a new process would inherit.
void keep_from_children(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

}  // namespace

Connection::Connection(tcp::socket socket) : socket_(std::move(socket)) {
  keep_from_children(socket_.native_handle());
  asio::error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
}

void Connection::start(OnMessage on_message, OnClosed on_closed) {
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->read(); });
}

void Connection::read() {
  if (closed_) return;
  const auto space = reader_.space();
  socket_.async_read_some(asio::buffer(space.data(), space.size()),
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
      if (!closed_) on_message_(std::move(message));
    }
  } catch (const std::exception& failure) {
    return closed(failure.what());
  }
  read();
}

void Connection::send(const Message& message) {
  auto frame = encode_message(message);
  {
    const std::lock_guard lock(mutex_);
    if (close_reason_) return;
    outbox_.push_back(std::move(frame));
    if (writing_) return;
    writing_ = true;
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

void Connection::close(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    if (close_reason_) return;
    close_reason_ = std::move(reason);
    if (writing_) return;
    writing_ = true;
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

// Writes all that was queued meanwhile in one go, and closes the connection when that was asked for
// and nothing is left.
void Connection::write() {
  being_written_.clear();
  std::optional<std::string> reason;
  {
    const std::lock_guard lock(mutex_);
    being_written_.swap(outbox_);
    if (being_written_.empty()) {
      reason = close_reason_;
      if (!reason) writing_ = false;
    }
  }
  if (reason) return closed(*reason);
  if (being_written_.empty() || closed_) return;
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(being_written_.size());
  for (const auto& frame : being_written_) buffers.push_back(asio::buffer(frame));
  asio::async_write(socket_, buffers,
                    [self = shared_from_this()](asio::error_code error, std::size_t) {
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
  }
  asio::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  // Callbacks hold what holds this connection.
  const auto on_message = std::exchange(on_message_, nullptr);
  const auto on_closed = std::exchange(on_closed_, nullptr);
  if (on_closed) on_closed(reason);
}

tcp::acceptor listen_on_loopback(asio::io_context& io) {
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  keep_from_children(acceptor.native_handle());
  return acceptor;
}

void accept_each(tcp::acceptor& acceptor, asio::io_context& io,
                 std::function<void(std::shared_ptr<Connection>)> taken) {
  acceptor.async_accept(asio::make_strand(io), [&acceptor, &io, taken = std::move(taken)](
                                                   asio::error_code error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
    if (error) {
      detail::log_warning(fmt::format("a connection could not be taken: {}", error.message()));
    } else {
      taken(std::make_shared<Connection>(std::move(socket)));
    }
    accept_each(acceptor, io, taken);
  });
}

std::shared_ptr<Connection> connect_to_loopback(asio::io_context& io, std::uint16_t port,
                                                std::chrono::milliseconds timeout) {
  const auto socket = std::make_shared<tcp::socket>(asio::make_strand(io));
  const auto done = std::make_shared<std::promise<asio::error_code>>();
  socket->async_connect(tcp::endpoint(asio::ip::address_v4::loopback(), port),
                        [socket, done](asio::error_code error) { done->set_value(error); });
  auto connected = done->get_future();
  if (connected.wait_for(timeout) != std::future_status::ready) {
    asio::post(socket->get_executor(), [socket] {
      asio::error_code ignored;
      socket->close(ignored);
    });
    throw Error(fmt::format("no connection to port {} within {} ms", port, timeout.count()));
  }
  if (const auto error = connected.get()) {
    throw Error(fmt::format("no connection to port {}: {}", port, error.message()));
  }
  return std::make_shared<Connection>(std::move(*socket));
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
