// Executors in processes of their own, on the driver's host.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "kindred/engine/broadcast_store.hpp"
#include "kindred/engine/storage_options.hpp"
#include "kindred/scheduler/backend.hpp"

namespace kindred::cluster {

class ExecutorSite;

struct ProcessesOptions {
  std::uint32_t executors = 1;
  std::uint32_t cores = 1;                  ///< task threads of each executor
  std::uint64_t memory_bytes = 1ULL << 30;  ///< budget of each executor
  /// Executors that may fail one after the other, before they got anything done, until no more are
  /// started.
  std::uint32_t most_failed_starts = 4;
  std::chrono::milliseconds start_timeout{30'000};  ///< from a process's start to its readiness
  std::chrono::milliseconds stop_timeout{3'000};    ///< from the request to end to SIGKILL
  /// Driver and executors send each other a heartbeat this often.
  std::chrono::milliseconds heartbeat_interval{1'000};
  /// An executor that sent nothing for this long has hung: it is lost, killed and replaced.
  std::chrono::milliseconds heartbeat_timeout{8'000};
  /// An executor that heard nothing of its driver for this long ends. Longer: a debugger may stop
  /// the driver, and what executors have computed is worth more than the memory.
  std::chrono::milliseconds driver_timeout{60'000};
  /// A task that was asked to end, by a cancelled job, and does not for this long: its executor is
  /// killed and replaced. User functions that loop for long can look at nothing that would tell.
  std::chrono::milliseconds kill_timeout{20'000};
  /// An executor that another one waits for this long, with not a byte of the block, is taken to
  /// have lost it.
  std::chrono::milliseconds fetch_timeout{60'000};
  StorageOptions storage = {};  ///< of each executor
  /// Executors read larger blocks out of each other's memory, not over TCP.
  bool shared_memory = true;
};

/// Starts processes of the driver's own executable, or executors elsewhere (executor_threads.hpp).
/// They connect back over loopback TCP, with a one-time token, and must be of the same build. One
/// that ends or hangs, or whose connection ends, is reported as gone, with its signal or status,
/// and replaced by one with a new id. None outlives the driver, whatever ends it.
///
/// perform() may be called by any thread, one at a time; reports come from the one io thread.
class Processes : public scheduler::Backend {
 public:
  /// `broadcasts` may be null where no program makes any.
  explicit Processes(ProcessesOptions options,
                     std::shared_ptr<BroadcastOrigin> broadcasts = nullptr);
  Processes(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts,
            std::shared_ptr<ExecutorSite> site);
  ~Processes() override;

  /// Returns when all executors are ready. Throws Error when none can be started, with what ended
  /// the last one.
  void start(Report report) override;
  void perform(const scheduler::Action& action) override;
  void stop() override;

  /// Where executors connect to; from start() on.
  std::uint16_t port() const;

 private:
  class Executors;  // the io thread's side
  std::unique_ptr<Executors> executors_;
};

}  // namespace kindred::cluster
