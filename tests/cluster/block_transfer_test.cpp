// Blocks that are too large for one message, over TCP and out of the other process's memory.
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/cluster/process_memory.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/shuffle_rows.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/fetched_text.hpp"
#include "tests/cluster/message_kind.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

constexpr ExecutorId kPeer{7};
constexpr ShuffleId kShuffle{1};
constexpr int kRows = 400'000;

// Of many chunks, and another one for each map.
std::shared_ptr<Buckets<int>> rows_of(std::uint32_t map, const MemoryRef& memory) {
  auto output = std::make_shared<Buckets<int>>(1, memory);
  for (int i = 0; i < kRows; ++i) (*output)[0].push(i ^ static_cast<int>(map));
  return output;
}
std::string bytes_of(std::uint32_t map) {
  return rows_of(map, std::make_shared<MemoryManager>())->encode(PartitionId{0});
}

struct Served {
  MemoryRef memory = std::make_shared<MemoryManager>();
  ShuffleStore store;
  BlockStore blocks;
  BroadcastStore broadcasts;
  ExecutorPieces pieces{broadcasts};
  std::unique_ptr<BlockServer> server;

  explicit Served(std::uint32_t maps, std::shared_ptr<Network> network = loopback_network()) {
    for (std::uint32_t map = 0; map < maps; ++map) {
      store.put(kShuffle, PartitionId{map}, rows_of(map, memory));
    }
    server = std::make_unique<BlockServer>(store, blocks, pieces, "secret", 2, std::move(network));
  }
};

std::string fetch(BlockClient& client, std::uint32_t map,
                  const MemoryRef& memory = std::make_shared<MemoryManager>()) {
  return fetched(client, kPeer, PartitionId{map}, PartitionId{0}, memory);
}

// The answers that come to what a test sends by itself, one by one.
class Asker {
 public:
  Asker(std::uint16_t port, const std::string& secret)
      : connection_(
            connect_within(*loopback_network(), io_.context(), port, std::chrono::seconds(30))) {
    connection_->trust();
    connection_->place_pieces([](const BlockPiece&) { return FrameReader::Room{}; });
    connection_->start([this](Message message) { put(std::move(message)); },
                       [this](const std::string& reason) { put(Refuse{"closed: " + reason}); });
    connection_->send(BlockHello{program_build_id(), ExecutorId{1}, secret});
  }
  ~Asker() { io_.stop(); }

  void send(const Message& message) { connection_->send(message); }
  Message next() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return !messages_.empty(); });
    auto message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  Message ask(const Message& message) {
    send(message);
    return next();
  }

 private:
  void put(Message message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    came_.notify_all();
  }

  IoThreads io_{1};
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Message> messages_;  // guarded by mutex_
  std::shared_ptr<Connection> connection_;
};

FetchBucket request(std::uint64_t number, std::uint32_t map, bool in_place) {
  return {number, kShuffle, PartitionId{map}, PartitionId{0}, in_place};
}

}  // namespace

TEST_CASE("a large block is the same over TCP and out of memory, and its memory is accounted") {
  Served peer(1);
  for (const auto way : {HostMemory::read, HostMemory::unused}) {
    BlockClient client(ExecutorId{1}, "secret", {}, loopback_network(), way);
    client.set_addresses({{kPeer, peer.server->port()}});
    const auto memory = std::make_shared<MemoryManager>();
    const auto served = peer.memory->used();
    auto block = client.fetch(kPeer, kShuffle, PartitionId{0}, PartitionId{0}, memory);
    const auto size = block->left();
    const auto bytes = block->next(size);
    CHECK(memory->used() >= size);
    CHECK(memory->used() < size + 100);
    CHECK(peer.memory->used() == served);
    const std::string found(bytes.begin(), bytes.end());
    CHECK(found == bytes_of(0));
    block.reset();
    CHECK(memory->used() == 0);
  }
}

TEST_CASE("many readers have large blocks of one executor at once, each its own") {
  Served peer(6);
  for (const auto way : {HostMemory::read, HostMemory::unused}) {
    BlockClient client(ExecutorId{1}, "secret", {}, loopback_network(), way);
    client.set_addresses({{kPeer, peer.server->port()}});
    std::vector<std::future<std::string>> readers;
    for (std::uint32_t map = 0; map < 6; ++map) {
      readers.push_back(std::async(std::launch::async, [&client, map] {
        auto first = fetch(client, map);
        return fetch(client, map) == first ? first : std::string("another one");
      }));
    }
    for (std::uint32_t map = 0; map < 6; ++map) CHECK(readers[map].get() == bytes_of(map));
  }
}

TEST_CASE("rows that are read in place stay there until they are taken, though they are dropped") {
  Served peer(2);
  const auto one_output = peer.memory->used() / 2;
  Asker asker(peer.server->port(), "secret");
  const auto there = asker.ask(request(1, 0, true));
  REQUIRE(std::holds_alternative<BlockInPlace>(there));
  peer.store.drop(kShuffle);
  CHECK(peer.memory->used() == one_output);
  const auto& parts = std::get<BlockInPlace>(there).parts;
  std::string found(bytes_of(0).size(), '\0');
  CHECK(MemoryReader(std::get<BlockInPlace>(there).mark, parts).read(found));
  CHECK(found == bytes_of(0));
  asker.send(BlockTaken{1});
  // Messages are handled in their order.
  CHECK_FALSE(std::get<Bucket>(asker.ask(request(2, 0, true))).found);
  CHECK(peer.memory->used() == 0);
}

TEST_CASE("rows that are read in place are let go when the reader's connection ends") {
  Served peer(1);
  auto asker = std::make_unique<Asker>(peer.server->port(), "secret");
  REQUIRE(std::holds_alternative<BlockInPlace>(asker->ask(request(1, 0, true))));
  peer.store.drop(kShuffle);
  CHECK(peer.memory->used() > 0);
  asker.reset();
  while (peer.memory->used() > 0) std::this_thread::yield();
}

TEST_CASE("who does not ask for it is not told where a block is, nor is who is refused") {
  Served peer(1);
  Asker switched_off(peer.server->port(), "secret");
  CHECK(std::holds_alternative<BlockStart>(switched_off.ask(request(1, 0, false))));
  Asker stranger(peer.server->port(), "Secret");
  CHECK(std::holds_alternative<Refuse>(stranger.ask(request(1, 0, true))));
  CHECK(std::holds_alternative<Refuse>(stranger.next()));  // and then it is closed
}

TEST_CASE("a block whose memory cannot be read comes over the network, as do those after it") {
  // As from a process of another name space: its id means nothing here, or somebody else.
  IoThreads io(1);
  const auto listener = loopback_network()->listen(io.context());
  std::shared_ptr<Connection> connection;
  std::vector<bool> in_place;
  listener->accept_each([&](std::unique_ptr<Stream> stream) {
    connection = std::make_shared<Connection>(std::move(stream));
    connection->start(
        [&](const Message& message) {
          const auto* fetch = std::get_if<FetchBucket>(&message);
          if (fetch == nullptr) return;
          in_place.push_back(fetch->in_place);
          if (fetch->in_place) {
            connection->send(BlockInPlace{fetch->request, {::getpid(), 8, "no mark"}, {{8, 100}}});
          } else {
            // And an empty one, which a piece can bring as well.
            const std::size_t size = fetch->map == PartitionId{0} ? 100'000 : 0;
            connection->send_block(fetch->request, block_of(std::string(size, 'x')));
          }
        },
        [](auto&) {});
  });
  {
    BlockClient client(ExecutorId{1}, "secret");
    client.set_addresses({{kPeer, listener->port()}});
    CHECK(fetch(client, 0) == std::string(100'000, 'x'));
    CHECK(fetch(client, 0) == std::string(100'000, 'x'));
    CHECK(fetch(client, 1).empty());
  }
  io.stop();
  CHECK(in_place == std::vector<bool>{true, false, false, false});
}

TEST_CASE("a block that is read in memory takes no more memory than is read at once") {
  Served peer(1);
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, peer.server->port()}});
  const auto memory = std::make_shared<MemoryManager>();
  const auto block = client.fetch(kPeer, kShuffle, PartitionId{0}, PartitionId{0}, memory);
  ArrivedRows<int> rows(*block, memory);
  int next = 0;
  for (auto some = rows.next(); !some.empty(); some = rows.next()) {
    for (const auto row : some) {
      if (row != next++) FAIL("another row than " << next - 1);
    }
  }
  CHECK(next == kRows);
  CHECK(memory->peak() < std::uint64_t{kRows} * sizeof(int) / 4);
}

TEST_CASE("rows that are let go while they are read are an error, and not what comes after them") {
  Served peer(1);
  BlockClient client(ExecutorId{1}, "secret");
  client.set_addresses({{kPeer, peer.server->port()}});
  const auto memory = std::make_shared<MemoryManager>();
  const auto block = client.fetch(kPeer, kShuffle, PartitionId{0}, PartitionId{0}, memory);
  const auto first = block->next(1000);
  CHECK(std::string(first.begin(), first.end()) == bytes_of(0).substr(0, 1000));
  peer.store.drop(kShuffle);
  client.set_addresses({});  // the driver takes the executor for lost: the connection ends
  while (peer.memory->used() > 0) std::this_thread::yield();
  CHECK_THROWS_WITH(block->next(1000), contains_text("executor 7: "));
}

TEST_CASE("an executor that ends while its block is read is an error that names it") {
  IoThreads io(1);
  const auto listener = loopback_network()->listen(io.context());
  const std::string block(100'000, 'x');
  const OwnMark own;
  const pid_t copy = ::fork();
  if (copy == 0) {
    ::alarm(60);
    while (true) ::pause();
  }
  std::shared_ptr<Connection> connection;
  listener->accept_each([&](std::unique_ptr<Stream> stream) {
    connection = std::make_shared<Connection>(std::move(stream));
    connection->start(
        [&](const Message& message) {
          const auto* fetch = std::get_if<FetchBucket>(&message);
          if (fetch == nullptr) return;
          auto mark = own.mark();
          mark.process = copy;
          connection->send(BlockInPlace{fetch->request, mark, parts_in_memory({{block}, {}})});
        },
        [](auto&) {});
  });
  const auto memory = std::make_shared<MemoryManager>();
  {
    BlockClient client(ExecutorId{1}, "secret");
    client.set_addresses({{kPeer, listener->port()}});
    const auto there = client.fetch(kPeer, kShuffle, PartitionId{0}, PartitionId{0}, memory);
    const auto half = there->next(50'000);
    CHECK(std::string(half.begin(), half.end()) == block.substr(50'000));
    ::kill(copy, SIGKILL);
    ::waitpid(copy, nullptr, 0);
    CHECK_THROWS_WITH(there->next(50'000), contains_text("executor 7: it ended"));
  }
  io.stop();
  CHECK(memory->used() == 0);
}

TEST_CASE("a block for which there is no room is an error of its own, and the next one comes") {
  Served peer(1);
  for (const auto way : {HostMemory::read, HostMemory::unused}) {
    BlockClient client(ExecutorId{1}, "secret", {}, loopback_network(), way);
    client.set_addresses({{kPeer, peer.server->port()}});
    const auto small = std::make_shared<MemoryManager>(1000);
    CHECK_THROWS_AS(fetch(client, 0, small), OutOfMemoryError);
    CHECK(small->used() == 0);
    CHECK(fetch(client, 0) == bytes_of(0));
  }
}

TEST_CASE("a block that is cut off or altered at any piece is asked for once more and is whole") {
  const auto expected = bytes_of(0);
  for (const auto fate : {Fate::cut_before, Fate::cut_within, Fate::cut_after, Fate::altered}) {
    for (int at = 0; at < 7; ++at) {
      int pieces = 0;
      const auto network = std::make_shared<MemoryNetwork>([&](std::string_view frame) {
        return kind_in(frame) == kind_of<BlockPiece> && pieces++ == at ? fate : Fate::arrives;
      });
      Served peer(1, network);
      BlockClient client(ExecutorId{1}, "secret", {}, network);
      client.set_addresses({{kPeer, peer.server->port()}});
      const auto memory = std::make_shared<MemoryManager>();
      INFO("piece " << at);
      CHECK(fetch(client, 0, memory) == expected);
      client.set_addresses({});
    }
  }
}

TEST_CASE("a block that is altered twice is an error, and gives its memory back") {
  int firsts = 0;
  const auto network = std::make_shared<MemoryNetwork>([&](std::string_view frame) {
    if (kind_in(frame) != kind_of<BlockPiece>) return Fate::arrives;
    const auto piece = decode_piece(frame.substr(kFrameHeaderBytes, kBlockPieceBytes));
    return piece.offset == 0 && firsts++ < 2 ? Fate::altered : Fate::arrives;
  });
  Served peer(1, network);
  const auto memory = std::make_shared<MemoryManager>();
  {
    BlockClient client(ExecutorId{1}, "secret", {}, network);
    client.set_addresses({{kPeer, peer.server->port()}});
    CHECK_THROWS_WITH(fetch(client, 0, memory), contains_text("the checksum does not match"));
    CHECK(fetch(client, 0, memory) == bytes_of(0));
  }
  CHECK(memory->used() == 0);
}
