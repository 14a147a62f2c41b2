// PROC-transfer: how fast rows get from one executor process to another.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <asio.hpp>

#include "engine_side.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace bench {

namespace {

using asio::ip::tcp;

// With its key, a row of 4 KiB. Its first word says which process made it.
using Payload = std::array<std::int64_t, 511>;
constexpr std::uint64_t kRowBytes = sizeof(Payload) + sizeof(std::int64_t);
constexpr std::uint64_t kMovedRows = 122'070;  // half of all rows, 500 MB
constexpr int kMaps = 16;

struct SharedMemory {
  bool on;
};

std::int64_t own_process() {
  static const std::int64_t id = ::getpid();
  return id;
}

// Two executors have made about half of the rows each, and keep them as map outputs. A job of one
// reduce task reads all of them: those of its own executor where they are, the others from the
// other executor. All of that job is measured, from the call of the action to its result; it looks
// at a word of each row and counts those that another process made. Where these are not exactly
// half, the time is taken in proportion.
Side rows_to_another(const Setup& setup, SharedMemory shared) {
  kindred::Config config;
  config.master = "local-cluster[2,1,4096]";
  config.shared_memory = shared.on;
  auto context = std::make_shared<kindred::Context>(config);
  const auto moved = setup.size(kMovedRows);
  const auto rows = context->range(0, std::int64_t(2 * moved), kMaps)
                        .map([](std::int64_t i) {
                          Payload payload;
                          payload.fill(i);
                          payload[0] = own_process();
                          return std::pair(i, payload);
                        })
                        .partition_by(1);
  rows.count();
  return engine_side(context, [rows, moved] {
    const Stopwatch watch;
    const auto found = rows.map([](std::int64_t, const Payload& payload) {
                             return std::uint64_t(payload[0] != own_process());
                           })
                           .sum();
    const auto seconds = watch.seconds();
    if (found < moved / 2 || found > moved + moved / 2) {
      throw std::runtime_error("not about half, but " + std::to_string(found) +
                               " rows came from another executor");
    }
    return Outcome(moved * kRowBytes, seconds * double(moved) / double(found));
  });
}
Side over_tcp(const Setup& setup) { return rows_to_another(setup, {false}); }
Side through_memory(const Setup& setup) { return rows_to_another(setup, {true}); }

// As many bytes from the memory of one thread to that of another, over a bare TCP stream on the
// loopback interface.
class BareStream {
 public:
  explicit BareStream(std::size_t bytes) : there_(bytes, 1), here_(bytes) {
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    sender_.connect(acceptor.local_endpoint());
    acceptor.accept(receiver_);
  }

  std::uint64_t move() {
    const std::jthread sending([this] { asio::write(sender_, asio::buffer(there_)); });
    return asio::read(receiver_, asio::buffer(here_));
  }

 private:
  asio::io_context io_;
  tcp::socket sender_{io_};
  tcp::socket receiver_{io_};
  std::vector<char> there_;
  std::vector<char> here_;
};

Side bare_stream(const Setup& setup) {
  const auto stream = std::make_shared<BareStream>(setup.size(kMovedRows) * kRowBytes);
  return {.run = [stream] {
    const Stopwatch watch;
    const auto moved = stream->move();
    return Outcome(moved, watch.seconds());
  }};
}

// At least 0.8 of the stream's speed; 4 GB/s.
const Registered tcp_transfer{
    {.name = "PROC-transfer",
     .title = "500 MB of map outputs to another executor over TCP, against a bare Asio stream",
     .target = 1.25,
     .engine = over_tcp,
     .hand = bare_stream}};
const Registered memory_transfer{{.name = "PROC-transfer/memory",
                                  .title = "the same through memory of one host",
                                  .target_seconds = double(kMovedRows * kRowBytes) / 4e9,
                                  .engine = through_memory,
                                  .hand = bare_stream}};

}  // namespace

}  // namespace bench
