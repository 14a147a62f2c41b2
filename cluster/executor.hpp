// Inside cluster/ only: an executor, which runs the tasks that its driver sends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <asio.hpp>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/liveness.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/cluster/network.hpp"
#include "kindred/cluster/replica_fetcher.hpp"
#include "kindred/cluster/result_store.hpp"
#include "kindred/cluster/task_threads.hpp"
#include "kindred/engine/task_runner.hpp"

namespace kindred::cluster {

/// Everything but the ends of tasks happens on the one thread that runs `io`.
class Executor {
 public:
  /// Called once, with the status that a process would exit with, when the driver wants no more of
  /// the executor or cannot be reached. What comes after it is for an executor in a thread: `io`
  /// runs out of work, and then the destructor ends what is left.
  using Ended = std::function<void(int status)>;

  Executor(asio::io_context& io, ExecutorId self, std::shared_ptr<Network> network, Ended ended);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  /// Cuts off who fetches here, lets fetches fail, asks the tasks to end and waits until they have.
  ~Executor();

  /// Connects to the driver, greets it and serves it.
  void serve(std::uint16_t driver_port, const std::string& token);
  void end(int status);

 private:
  void greet(const std::string& token);
  void take(Message message);
  void handle(Welcome& welcome);
  void handle(Refuse& refuse);
  void handle(AddStage& message);
  void handle(LaunchTasks& message);
  void handle(KillTask& message);
  void handle(DropShuffle& message);
  void handle(DropBlocks& message);
  void handle(Replicate& message);
  void handle(DropBroadcast& message);
  void handle(FetchResult& message);
  void handle(DropResult& message);
  void handle(ForgetStage& message);
  void handle(ExecutorAddresses& message);
  void handle(Shutdown&);
  void handle(Heartbeat&) {}
  template <class Other>
  void handle(Other&);

  TaskRunner& runner();
  void beat(std::chrono::milliseconds interval, Liveness liveness);
  void report(TaskId task, TaskOutcome outcome);
  void send_end(TaskId task, TaskOutcome outcome);
  void leave(const std::string& reason);

  asio::io_context& io_;
  const ExecutorId self_;
  const std::shared_ptr<Network> network_;
  const Ended ended_;
  bool over_ = false;
  asio::steady_timer heartbeat_;
  std::shared_ptr<Connection> driver_;
  std::shared_ptr<BlockClient> client_;
  std::unique_ptr<TaskRunner> runner_;
  std::unique_ptr<ExecutorPieces> pieces_;
  std::unique_ptr<BlockServer> server_;
  std::unique_ptr<ReplicaFetcher> replicas_;
  std::unique_ptr<ResultStore> results_;
  std::unique_ptr<TaskThreads> threads_;
};

}  // namespace kindred::cluster
