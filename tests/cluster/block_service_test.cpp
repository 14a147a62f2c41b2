#include "kindred/cluster/block_service.hpp"

#include <future>

#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/engine/entry.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/fetched_text.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

constexpr ExecutorId kPeer{7};

struct Served {
  ShuffleStore store;
  BlockStore blocks;
  BroadcastStore broadcasts;
  ExecutorPieces pieces{broadcasts};
  BlockServer server{store, blocks, pieces, "secret", 2};
};

}  // namespace

TEST_CASE("a bucket comes from another executor as it was sealed there") {
  Served peer;
  peer.store.put(ShuffleId{1}, PartitionId{2}, std::make_shared<TextOutput>("rows", 3));
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, peer.server.port()}});
  CHECK(fetched(client, kPeer, PartitionId{2}, PartitionId{0}) == "rows->0");
  CHECK(fetched(client, kPeer, PartitionId{2}, PartitionId{2}) == "rows->2");
}

TEST_CASE("many threads fetch over one connection, and each gets its own bucket") {
  Served peer;
  for (std::uint32_t map = 0; map < 4; ++map) {
    peer.store.put(ShuffleId{1}, PartitionId{map},
                   std::make_shared<TextOutput>(std::to_string(map), 50));
  }
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, peer.server.port()}});
  std::vector<std::future<bool>> readers;
  for (std::uint32_t map = 0; map < 4; ++map) {
    readers.push_back(std::async(std::launch::async, [&client, map] {
      for (std::uint32_t reduce = 0; reduce < 50; ++reduce) {
        const auto text = fetched(client, kPeer, PartitionId{map}, PartitionId{reduce});
        if (text != std::to_string(map) + "->" + std::to_string(reduce)) return false;
      }
      return true;
    }));
  }
  for (auto& reader : readers) CHECK(reader.get());
}

TEST_CASE(
    "a bucket that is not there is an error that names the executor, and the next one comes") {
  Served peer;
  peer.store.put(ShuffleId{1}, PartitionId{2}, std::make_shared<TextOutput>("rows", 3));
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, peer.server.port()}});
  CHECK_THROWS_WITH(fetched(client, kPeer, PartitionId{9}, PartitionId{0}),
                    contains_text("executor 7: map output 9 of shuffle 1"));
  CHECK(fetched(client, kPeer, PartitionId{2}, PartitionId{1}) == "rows->1");
}

TEST_CASE("an executor that is not known, or no longer listens, is an error that names it") {
  BlockClient client(ExecutorId{1}, "secret");
  CHECK_THROWS_WITH(fetched(client, kPeer, PartitionId{0}, PartitionId{0}),
                    contains_text("executor 7"));
  auto peer = std::make_unique<Served>();
  client.set_addresses({{kPeer, peer->server.port()}});
  peer.reset();
  CHECK_THROWS_WITH(fetched(client, kPeer, PartitionId{0}, PartitionId{0}),
                    contains_text("executor 7: no connection"));
}

TEST_CASE("who does not know the secret is refused") {
  Served peer;
  BlockClient stranger(ExecutorId{1}, "Secret");
  stranger.set_addresses({{kPeer, peer.server.port()}});
  CHECK_THROWS_WITH(fetched(stranger, kPeer, PartitionId{0}, PartitionId{0}),
                    contains_text("refused: the secret"));
}

TEST_CASE("who is of another build is refused, though it knows the secret") {
  Served peer;
  IoThreads io(1);
  std::promise<std::string> reason;
  const auto connection = connect_within(*loopback_network(), io.context(), peer.server.port(),
                                         std::chrono::seconds(30));
  connection->start([&](Message message) { reason.set_value(std::get<Refuse>(message).reason); },
                    [](auto&) {});
  connection->send(BlockHello{program_build_id() + 1, ExecutorId{1}, "secret"});
  CHECK(reason.get_future().get() == "it is another build of the program");
  io.stop();
}

TEST_CASE("a peer that does not answer in time is an error that says so") {
  IoThreads io(1);
  const auto silent = loopback_network()->listen(io.context());
  BlockClient client(ExecutorId{1}, "secret",
                     {std::chrono::milliseconds(30'000), std::chrono::milliseconds(1)});
  client.set_addresses({{kPeer, silent->port()}});
  CHECK_THROWS_WITH(fetched(client, kPeer, PartitionId{0}, PartitionId{0}),
                    contains_text("executor 7: no answer within 1 ms"));
  io.stop();
}

TEST_CASE("a fetch that waits for an executor fails as soon as that one is known to be gone") {
  IoThreads io(1);
  std::promise<void> asked;
  const auto silent = loopback_network()->listen(io.context());
  std::shared_ptr<Connection> connection;
  silent->accept_each([&](std::unique_ptr<Stream> stream) {
    connection = std::make_shared<Connection>(std::move(stream));
    connection->start(
        [&](const Message& message) {
          if (std::holds_alternative<FetchBucket>(message)) asked.set_value();
        },
        [](auto&) {});
  });
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, silent->port()}});
  auto fetch = std::async(std::launch::async,
                          [&] { return fetched(client, kPeer, PartitionId{0}, PartitionId{0}); });
  asked.get_future().wait();
  client.set_addresses({});
  CHECK_THROWS_WITH(fetch.get(), contains_text("executor 7: the executor is gone"));
  io.stop();
}
