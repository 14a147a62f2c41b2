// How executors get each other's map outputs and cached blocks, and broadcasts: each serves what it
// has, and fetches from the others and, for broadcasts, from the driver.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kindred/cluster/message.hpp"
#include "kindred/engine/block_store.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/shuffle_store.hpp"

namespace kindred::cluster {

class Network;
std::shared_ptr<Network> loopback_network();

/// Stands for the driver among the executors whose blocks can be had.
inline constexpr ExecutorId kDriverBlocks{~std::uint64_t{0} - 1};

/// What a block service has of broadcasts. Safe to use from any thread.
class Pieces {
 public:
  Pieces() = default;
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
  virtual ~Pieces() = default;

  /// The answer to an executor that asks: the piece, or who else has it. Throws UsageError where
  /// there can be none, another std::exception where it is not here.
  virtual Piece find(const FetchPiece& wanted, ExecutorId asker) = 0;
  /// Notes that an executor has a piece.
  virtual void note(const HavePiece& piece, ExecutorId holder) = 0;
};

/// Serves the buckets and blocks of one executor on an ephemeral port of a network, on threads of
/// its own. A peer that is of another build or does not know the secret is refused.
class BlockServer {
 public:
  /// `shuffles`, `blocks` and `pieces` must live longer.
  BlockServer(const ShuffleStore& shuffles, const BlockStore& blocks, Pieces& pieces,
              std::string secret, std::uint32_t threads,
              std::shared_ptr<Network> network = loopback_network());
  ~BlockServer();

  std::uint16_t port() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

/// How executors on one host get at each other's blocks.
enum class HostMemory : std::uint8_t {
  read,    ///< out of the other process's memory, where the system lets them
  unused,  ///< over the network, as if they were on two
};

struct BlockTimeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds answer{60'000};
};

/// Fetches from the block services of other executors; keeps one connection to each. A block whose
/// connection ended, or that was altered on its way, is asked for once more, on a new connection.
/// A larger block of an executor on this host is read out of its memory, with no checksum and no
/// copy in between; where that cannot be done, it comes over the network, raw: the network is this
/// host's own, and faster than compressing.
/// Safe to use from any thread. What fetch() throws names the executor.
class BlockClient : public RemoteBlocks {
 public:
  BlockClient(ExecutorId self, std::string secret, BlockTimeouts timeouts = {},
              std::shared_ptr<Network> network = loopback_network(),
              HostMemory memory = HostMemory::read);
  ~BlockClient() override;

  /// Says who is there. Fetches from one that no longer is fail at once.
  void set_addresses(const std::vector<ExecutorAddress>& executors);
  std::unique_ptr<RemoteBlock> fetch(ExecutorId from, ShuffleId shuffle, PartitionId map,
                                     PartitionId reduce, const MemoryRef& memory) override;
  /// A cached block in its wire form (seal_block); throws as fetch() does.
  std::string fetch_block(ExecutorId from, BlockId block);
  /// A piece of a broadcast, or who has it; `here`: not that. Throws UsageError where the program
  /// used the broadcast wrongly.
  Piece fetch_piece(ExecutorId from, BroadcastId broadcast, std::uint32_t index, bool here);
  /// Tells the driver that others may have the piece from this executor.
  void announce(BroadcastId broadcast, std::uint32_t index);

 private:
  class Peers;
  std::unique_ptr<Peers> peers_;
};

}  // namespace kindred::cluster
