// Where a program runs, as the user writes it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/storage_options.hpp"
#include "kindred/scheduler/backend.hpp"

namespace kindred::cluster {

/// `local`, `local[N]`, `local[*]`: threads of the driver's own process.
struct LocalMaster {
  std::uint32_t threads = 1;
  friend bool operator==(const LocalMaster&, const LocalMaster&) = default;
};

/// `local-cluster[N,CORES,MIB]`: processes on this host.
struct LocalClusterMaster {
  std::uint32_t executors = 1;
  std::uint32_t cores = 1;   ///< task threads of each executor
  std::uint32_t mib = 1024;  ///< memory budget of each executor
  friend bool operator==(const LocalClusterMaster&, const LocalClusterMaster&) = default;
};

/// `mini-cluster[N,CORES,MIB]`: driver and executors in this process, threads over a network in
/// memory, for a debugger, sanitizers and tests. What else a cluster does is done as usual.
struct MiniClusterMaster {
  std::uint32_t executors = 1;
  std::uint32_t cores = 1;   ///< task threads of each executor
  std::uint32_t mib = 1024;  ///< memory budget of each executor
  friend bool operator==(const MiniClusterMaster&, const MiniClusterMaster&) = default;
};

using Master = std::variant<LocalMaster, LocalClusterMaster, MiniClusterMaster>;

/// Reads a master. Throws UsageError that names what was given and lists what there is.
Master parse_master(std::string_view text);

/// The backend of a master; it starts with the Driver. `memory` is the budget of the driver's own
/// process: local tasks share it, executor processes have their own.
/// `broadcasts` are those of the driver, for its tasks to use; `storage` is that of each executor;
/// `shared_memory`: as in ProcessesOptions.
std::unique_ptr<scheduler::Backend> make_backend(const Master& master, MemoryRef memory,
                                                 std::shared_ptr<BroadcastOrigin> broadcasts,
                                                 const StorageOptions& storage = {},
                                                 bool shared_memory = true);

}  // namespace kindred::cluster
