#include "kindred/cluster/memory_network.hpp"

#include <string>
#include <vector>

#include "kindred/cluster/connection.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/message_kind.hpp"
#include "tests/cluster/messages.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

// Two ends of a connection and one thread, this one, that does what is to be done.
struct Connected {
  asio::io_context io;
  MemoryNetwork network;
  std::unique_ptr<Listener> listener;
  std::shared_ptr<Connection> near;
  std::shared_ptr<Connection> far;
  std::vector<std::size_t> near_got;  // kinds
  std::vector<std::size_t> far_got;
  std::string near_end;
  std::string far_end;

  explicit Connected(MemoryNetwork::Faults faults = {})
      : network(std::move(faults)), listener(network.listen(io)) {
    const auto begin = [](std::shared_ptr<Connection>& end, std::unique_ptr<Stream> stream,
                          std::vector<std::size_t>& got, std::string& reason) {
      end = std::make_shared<Connection>(std::move(stream));
      end->trust();
      end->start([&](const Message& message) { got.push_back(message.index()); },
                 [&](const std::string& why) { reason = why; });
    };
    listener->accept_each(
        [=, this](auto stream) { begin(far, std::move(stream), far_got, far_end); });
    network.connect(io, listener->port(), [=, this](asio::error_code error, auto stream) {
      REQUIRE(!error);
      begin(near, std::move(stream), near_got, near_end);
    });
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }
  // All kinds there are, one by one, as far as the connection lets them.
  void send_all() {
    for (const auto& message : one_of_each()) {
      near->send(message);
      settle();
    }
  }
};

constexpr std::size_t kFaulty = 5;  // which message meets the fault

MemoryNetwork::Faults one_fault(Fate fate, std::size_t& sent) {
  return [fate, &sent](std::string_view) { return sent++ == kFaulty ? fate : Fate::arrives; };
}

std::vector<std::size_t> kinds(std::size_t count) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(i);
  return all;
}

const auto kAll = std::variant_size_v<Message>;

}  // namespace

TEST_CASE("messages arrive in their order, in both directions, and then the end does") {
  Connected both;
  both.send_all();
  both.far->send(Heartbeat{});
  both.settle();
  CHECK(both.far_got == kinds(kAll));
  CHECK(both.near_got.size() == 1);
  both.near->send(Shutdown{});
  both.near->close("enough");
  both.settle();
  CHECK(both.far_got.size() == kAll + 1);
  CHECK(both.near_end == "enough");
  CHECK(both.far_end == Connection::kPeerClosed);
}

TEST_CASE("a port where nobody listens refuses, and one that was closed does") {
  asio::io_context io;
  MemoryNetwork network;
  std::vector<bool> refused;
  const auto note = [&](asio::error_code error, auto stream) {
    refused.push_back(error == asio::error::connection_refused && stream == nullptr);
  };
  auto listener = network.listen(io);
  const auto port = listener->port();
  listener->accept_each([](auto) {});
  CHECK(network.listen(io)->port() != port);
  network.connect(io, port + 1, note);
  listener->close();
  network.connect(io, port, note);
  io.poll();
  CHECK(refused == std::vector{true, true});
}

TEST_CASE("who goes without a word is seen to be gone") {
  auto io = std::make_unique<asio::io_context>();
  MemoryNetwork network;
  auto listener = network.listen(*io);
  listener->accept_each([](auto) {});
  asio::io_context own;
  std::unique_ptr<Stream> stream;
  network.connect(own, listener->port(), [&](auto, auto given) { stream = std::move(given); });
  own.run();
  listener.reset();
  io.reset();  // with the stream that nobody took
  char byte = 0;
  asio::error_code end;
  stream->read_some({&byte, 1}, [&](asio::error_code error, std::size_t) { end = error; });
  own.restart();
  own.run();
  CHECK(end == asio::error::eof);
}

TEST_CASE("a connection is cut before, within or behind a message, and both ends see it") {
  for (const auto fate : {Fate::cut_before, Fate::cut_within, Fate::cut_after}) {
    std::size_t sent = 0;
    Connected both(one_fault(fate, sent));
    both.send_all();
    CHECK(both.far_got == kinds(fate == Fate::cut_after ? kFaulty + 1 : kFaulty));
    CHECK(both.far_end ==
          (fate == Fate::cut_within ? Connection::kCutOff : Connection::kPeerClosed));
    CHECK(both.near_end == Connection::kPeerClosed);
  }
}

TEST_CASE("nothing arrives behind a loss, and neither end hears of it") {
  std::size_t sent = 0;
  Connected both(one_fault(Fate::lost_from_here, sent));
  both.send_all();
  both.far->send(Heartbeat{});
  both.settle();
  CHECK(both.far_got == kinds(kFaulty));
  CHECK(both.near_got.size() == 1);
  both.near->close("enough");
  both.settle();
  CHECK(both.far_end.empty());
}

TEST_CASE("a message that is held arrives in its place, after others were sent") {
  std::size_t sent = 0;
  Connected both(one_fault(Fate::held, sent));
  for (std::size_t i = 0; i < kFaulty + MemoryNetwork::kHeldFor; ++i) {
    both.near->send(one_of_each()[i]);
    both.settle();
  }
  CHECK(both.far_got == kinds(kFaulty));
  both.near->send(one_of_each()[kFaulty + MemoryNetwork::kHeldFor]);
  both.settle();
  CHECK(both.far_got == kinds(kFaulty + MemoryNetwork::kHeldFor + 1));
}

TEST_CASE("a byte that is altered closes the connection, with a reason") {
  std::size_t sent = 0;
  Connected both(one_fault(Fate::altered, sent));
  both.send_all();
  CHECK(both.far_got == kinds(kFaulty));
  CHECK_THAT(both.far_end, contains_text("checksum"));
  CHECK(both.near_end == Connection::kPeerClosed);
}

TEST_CASE("what comes after a connection was closed here is heard no more") {
  Connected ends;
  ends.near->send(Heartbeat{});
  ends.near->send(Heartbeat{});
  ends.far->send(Refuse{"no"});
  ends.far->close("refused");
  ends.settle();
  CHECK(ends.near_got == std::vector{kind_of<Refuse>});
  CHECK(ends.far_got.empty());
  CHECK(ends.far_end == "refused");
}
