#include "kindred/cluster/executor_process.hpp"

#include <array>
#include <memory>
#include <unistd.h>

#include "tests/catch.hpp"

namespace kindred::test {
namespace {

using namespace kindred::cluster;
using Descriptor = asio::posix::stream_descriptor;

/// The end of a pipe that has something to read.
struct Readable {
  explicit Readable(asio::io_context& io) : end(io) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    REQUIRE(::write(ends[1], "x", 1) == 1);
    ::close(ends[1]);
    end.assign(ends[0]);
  }
  Descriptor end;
};

}  // namespace

TEST_CASE("an event of a descriptor that was closed just now is not the end of an executor") {
  asio::io_context io;
  // Executors connect to it, and wait for an answer.
  asio::ip::tcp::acceptor driver(io, {asio::ip::address_v4::loopback(), 0});
  ExecutorOutput output(io);
  const LaunchOrder order{driver.local_endpoint().port(), ExecutorId{0}, ::getpid(), "token"};
  std::unique_ptr<ExecutorProcess> process;
  bool ended = false;

  // The events of both come together. Whoever is first closes the other, and the process gets its
  // place in Asio's tables, where the other's event still waits to be handled.
  Readable one(io);
  Readable other(io);
  const auto start_in_place_of = [&](Readable& closed) {
    return [&](asio::error_code error) {
      if (error || process != nullptr) return;
      closed.end.close();
      process = std::make_unique<ExecutorProcess>(io, output, order);
      process->watch([&] { ended = true; });
    };
  };
  one.end.async_wait(Descriptor::wait_read, start_in_place_of(other));
  other.end.async_wait(Descriptor::wait_read, start_in_place_of(one));
  io.poll();
  REQUIRE(process != nullptr);
  REQUIRE_FALSE(ended);

  // The wait goes on.
  process->kill();
  while (!ended) io.run_one();
  REQUIRE(process->reap().how == "ended by signal 9 (Killed)");
}

}  // namespace kindred::test
