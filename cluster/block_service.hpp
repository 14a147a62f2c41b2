// How executors get each other's map outputs: each serves its own, and fetches those of the others.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kindred/cluster/message.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/shuffle_store.hpp"

namespace kindred::cluster {

/// Serves the buckets of one store on an ephemeral loopback port, on threads of its own. A peer
/// that is of another build or does not know the secret is refused.
class BlockServer {
 public:
  /// `shuffles` must live longer.
  BlockServer(const ShuffleStore& shuffles, std::string secret, std::uint32_t threads);
  ~BlockServer();

  std::uint16_t port() const;

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

struct BlockTimeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds answer{60'000};
};

/// Fetches from the block services of other executors; keeps one connection to each. Safe to use
/// from any thread. What fetch() throws names the executor.
class BlockClient : public RemoteBlocks {
 public:
  BlockClient(ExecutorId self, std::string secret, BlockTimeouts timeouts = {});
  ~BlockClient() override;

  /// Says who is there. Fetches from one that no longer is fail at once.
  void set_addresses(const std::vector<ExecutorAddress>& executors);
  std::string fetch(ExecutorId from, ShuffleId shuffle, PartitionId map,
                    PartitionId reduce) override;

 private:
  class Peers;
  std::unique_ptr<Peers> peers_;
};

}  // namespace kindred::cluster
