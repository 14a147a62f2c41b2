// What a fetch does where something goes wrong on its way.
#include <atomic>
#include <memory>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/fetched_text.hpp"
#include "tests/cluster/message_kind.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

constexpr ExecutorId kPeer{7};

// An executor with one block, and another one that fetches it over a network on which the first
// `times` messages of a kind meet the same fate.
struct Faulty {
  std::atomic<int> requests{0};
  std::atomic<int> faults{0};
  std::shared_ptr<Network> network;
  ShuffleStore store;
  BlockStore blocks;
  BroadcastStore broadcasts;
  ExecutorPieces pieces{broadcasts};
  std::unique_ptr<BlockServer> server;
  std::unique_ptr<BlockClient> client;

  template <class Kind>
  static Faulty with(Fate fate, int times, BlockTimeouts timeouts = {}) {
    return Faulty(kind_of<Kind>, fate, times, timeouts);
  }
  std::string fetch() { return fetched(*client, kPeer, PartitionId{2}, PartitionId{0}); }

 private:
  Faulty(std::size_t kind, Fate fate, int times, BlockTimeouts timeouts)
      : network(std::make_shared<MemoryNetwork>([=, this](std::string_view frame) {
          if (kind_in(frame) == kind_of<FetchBucket>) ++requests;
          return kind_in(frame) == kind && faults++ < times ? fate : Fate::arrives;
        })),
        server(std::make_unique<BlockServer>(store, blocks, pieces, "secret", 1, network)),
        client(std::make_unique<BlockClient>(ExecutorId{1}, "secret", timeouts, network)) {
    store.put(ShuffleId{1}, PartitionId{2}, std::make_shared<TextOutput>("rows", 3));
    client->set_addresses({{kPeer, server->port()}});
  }
};

}  // namespace

TEST_CASE("a block that is altered on its way is fetched once more [scenario-19]",
          "[scenario-19]") {
  auto faulty = Faulty::with<Bucket>(Fate::altered, 1);
  CHECK(faulty.fetch() == "rows->0");
  CHECK(faulty.requests == 2);
}

TEST_CASE(
    "a block that is altered twice is an error that says so, and the next one comes "
    "[scenario-19]",
    "[scenario-19]") {
  auto faulty = Faulty::with<Bucket>(Fate::altered, 2);
  CHECK_THROWS_WITH(faulty.fetch(),
                    contains_text("executor 7: frame: the checksum does not match"));
  CHECK(faulty.requests == 2);
  CHECK(faulty.fetch() == "rows->0");
}

TEST_CASE("a fetch whose connection is cut, before or within any message, is asked once more") {
  for (const auto fate : {Fate::cut_before, Fate::cut_within}) {
    CHECK(Faulty::with<BlockHello>(fate, 1).fetch() == "rows->0");
    CHECK(Faulty::with<FetchBucket>(fate, 1).fetch() == "rows->0");
    CHECK(Faulty::with<Bucket>(fate, 1).fetch() == "rows->0");
    CHECK_THROWS_WITH(Faulty::with<Bucket>(fate, 2).fetch(), contains_text("executor 7: "));
  }
}

TEST_CASE("a fetch to which nothing comes is not asked again: one time-out is enough") {
  auto faulty = Faulty::with<Bucket>(
      Fate::lost_from_here, 1, {std::chrono::milliseconds(30'000), std::chrono::milliseconds(50)});
  CHECK_THROWS_WITH(faulty.fetch(), contains_text("executor 7: no answer within 50 ms"));
  CHECK(faulty.requests == 1);
}
