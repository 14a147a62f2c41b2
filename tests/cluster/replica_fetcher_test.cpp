#include "kindred/cluster/replica_fetcher.hpp"

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/engine/sealed_block.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/message_kind.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

const std::string kRows(1000, 'x');
constexpr BlockId kBlock{RddId{1}, PartitionId{2}};
constexpr BlockId kOther{RddId{3}, PartitionId{4}};
constexpr ExecutorId kFrom{5};

// An executor that has kBlock and kOther, and one that may fetch them.
struct Pair {
  using End = std::pair<ReplicaId, std::string>;

  explicit Pair(MemoryNetwork::Faults faults = {},
                MemoryRef memory = std::make_shared<MemoryManager>())
      : network(std::make_shared<MemoryNetwork>(std::move(faults))),
        server(theirs, blocks, pieces, "secret", 1, network),
        client(std::make_shared<BlockClient>(ExecutorId{6}, "secret", BlockTimeouts{}, network)),
        fetcher(store, std::move(memory), client,
                [this](ReplicaId replica, const std::string& why) {
                  ended.set_value({replica, why});
                }) {
    const auto rows =
        std::make_shared<const SealedCopy>(seal_block(kRows), std::make_shared<MemoryManager>());
    blocks.put(kBlock, rows);
    blocks.put(kOther, rows);
    client->set_addresses({{kFrom, server.port()}});
  }

  ShuffleStore theirs;
  BlockStore blocks;
  BroadcastStore broadcasts;
  ExecutorPieces pieces{broadcasts};
  std::shared_ptr<MemoryNetwork> network;
  BlockServer server;
  BlockStore store;
  std::promise<End> ended;
  std::shared_ptr<BlockClient> client;
  ReplicaFetcher fetcher;
};

}  // namespace

TEST_CASE("a copy is in the store when its end is reported") {
  Pair pair;
  pair.fetcher.fetch({ReplicaId{7}, kBlock, kFrom});
  CHECK(pair.ended.get_future().get() == Pair::End{ReplicaId{7}, ""});
  CHECK(open_block(pair.store.sealed(kBlock)) == kRows);
  pair.fetcher.drop(kBlock.rdd);
  CHECK(pair.store.size() == 0);
}

TEST_CASE("a block that is not there, or for which there is no memory, is no copy but a reason") {
  for (const bool full : {false, true}) {
    Pair pair({}, std::make_shared<MemoryManager>(full ? 8 : MemoryManager::kUnlimited));
    if (!full) pair.blocks.drop(kBlock.rdd);
    pair.fetcher.fetch({ReplicaId{7}, kBlock, kFrom});
    const auto [replica, why] = pair.ended.get_future().get();
    CHECK(replica == ReplicaId{7});
    CHECK_THAT(why, full ? contains_text("memory")
                         : contains_text("executor 5: partition 2 of persisted RDD 1 is not on"));
    CHECK(pair.store.size() == 0);
  }
}

TEST_CASE("copies that are dropped while they are fetched do not come, and nothing is said") {
  std::promise<void> asked;
  std::promise<void> dropped;
  bool first = true;
  Pair pair([&, may_go = dropped.get_future().share()](std::string_view frame) {
    if (kind_in(frame) == kind_of<FetchBlock> && std::exchange(first, false)) {
      asked.set_value();
      may_go.wait();
    }
    return Fate::arrives;
  });
  pair.fetcher.fetch({ReplicaId{7}, kBlock, kFrom});
  pair.fetcher.fetch({ReplicaId{8}, {kBlock.rdd, PartitionId{9}}, kFrom});
  pair.fetcher.fetch({ReplicaId{9}, kOther, kFrom});
  asked.get_future().wait();
  pair.fetcher.drop(kBlock.rdd);
  dropped.set_value();
  // The first end that is told of is that of another RDD's.
  CHECK(pair.ended.get_future().get() == Pair::End{ReplicaId{9}, ""});
  CHECK(pair.store.size() == 1);
  CHECK(pair.store.find(kOther) != nullptr);
}
