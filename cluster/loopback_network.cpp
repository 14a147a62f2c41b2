#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <utility>

#include "kindred/cluster/network.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

using asio::ip::tcp;

// Asio opens sockets that a new process would inherit.
void keep_from_children(int socket) { ::fcntl(socket, F_SETFD, FD_CLOEXEC); }

class TcpStream final : public Stream {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::move(socket)) {
    keep_from_children(socket_.native_handle());
    asio::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  asio::any_io_executor executor() override { return socket_.get_executor(); }
  void read_some(std::span<char> space, Done done) override {
    socket_.async_read_some(asio::buffer(space.data(), space.size()), std::move(done));
  }
  void write(const std::vector<OutgoingFrame>& frames, Done done) override {
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(frames.size());
    for (const auto& frame : frames) {
      buffers.push_back(asio::buffer(frame.bytes));
      for (const auto& part : frame.body) buffers.emplace_back(part.data(), part.size());
    }
    asio::async_write(socket_, buffers, std::move(done));
  }
  void close() override {
    asio::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  tcp::socket socket_;
};

class TcpListener final : public Listener {
 public:
  explicit TcpListener(asio::io_context& io)
      : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), pause_(io) {
    keep_from_children(acceptor_.native_handle());
    port_ = acceptor_.local_endpoint().port();
  }

  std::uint16_t port() const override { return port_; }
  void accept_each(std::function<void(std::unique_ptr<Stream>)> taken) override {
    acceptor_.async_accept(asio::make_strand(io_), [this, taken = std::move(taken)](
                                                       asio::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
      if (error) {
        detail::log_warning(fmt::format("a connection could not be taken: {}", error.message()));
        // Too many open files, for one: trying at once would only try again.
        pause_.expires_after(std::chrono::milliseconds(100));
        return pause_.async_wait([this, taken](asio::error_code ended) {
          if (!ended && acceptor_.is_open()) accept_each(taken);
        });
      }
      taken(std::make_unique<TcpStream>(std::move(socket)));
      accept_each(taken);
    });
  }
  void close() override {
    asio::error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  asio::io_context& io_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;  // after a failure
  std::uint16_t port_ = 0;
};

class LoopbackNetwork final : public Network {
 public:
  std::unique_ptr<Listener> listen(asio::io_context& io) override {
    return std::make_unique<TcpListener>(io);
  }
  bool on_one_host() const override { return true; }
  void connect(asio::io_context& io, std::uint16_t port, Connected connected) override {
    const auto socket = std::make_shared<tcp::socket>(asio::make_strand(io));
    socket->async_connect(
        tcp::endpoint(asio::ip::address_v4::loopback(), port),
        [socket, connected = std::move(connected)](asio::error_code error) {
          connected(error, error ? nullptr : std::make_unique<TcpStream>(std::move(*socket)));
        });
  }
};

}  // namespace

std::shared_ptr<Network> loopback_network() { return std::make_shared<LoopbackNetwork>(); }

}  // namespace kindred::cluster
