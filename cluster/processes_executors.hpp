// Inside cluster/ only: the io thread's side of Processes. How executors live is in
// executor_lives.cpp, what they say in executor_connections.cpp.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/executor_links.hpp"
#include "kindred/cluster/executor_output.hpp"
#include "kindred/cluster/executor_site.hpp"
#include "kindred/cluster/liveness.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/cluster/result_fetcher.hpp"
#include "kindred/cluster/secret.hpp"

namespace kindred::cluster {

// All of it happens on the io thread, but for what says otherwise.
class Processes::Executors {
 public:
  Executors(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts,
            std::shared_ptr<ExecutorSite> site)
      : options_(options),
        site_(std::move(site)),
        pieces_(std::move(broadcasts)),
        listener_(site_->network()->listen(io_.context())) {}
  ~Executors() { io_.stop(); }

  std::uint16_t port() const { return listener_->port(); }

  // The three of Backend, on its callers' threads.
  void start(Report report);
  void perform(const scheduler::Action& action);
  void stop();

 private:
  // For broadcasts. Their bytes are there already, so that little is to be done for each request.
  static constexpr std::uint32_t kBlockThreads = 2;

  struct Child {
    Child(asio::io_context& io, std::unique_ptr<StartedExecutor> started_now, std::string secret)
        : executor(std::move(started_now)),
          token(std::move(secret)),
          deadline(io),
          started(std::chrono::steady_clock::now()) {}

    const std::unique_ptr<StartedExecutor> executor;
    const std::string token;
    asio::steady_timer deadline;  // for its start
    const std::chrono::steady_clock::time_point started;
    std::shared_ptr<Connection> connection;  // from its hello on
    std::optional<Liveness> liveness;        // from when it is ready
    bool lost = false;                       // reported as gone, and not yet ended
    std::string trouble;                     // why we ended it, if we did

    bool ready() const { return liveness.has_value(); }
  };

  void spawn();
  void end(ExecutorId id, std::string why);
  void lose(ExecutorId id, Child& child, const std::string& why);
  void beat();
  void ended(ExecutorId id);
  void replace_lost(ExecutorId id, const Child& child, const StartedExecutor::End& end);
  void note_failed_start(ExecutorId id, const StartedExecutor::End& end);
  void respawn();
  void give_up();
  void shut_down();

  void greet(const std::shared_ptr<Connection>& connection);
  std::optional<ExecutorId> admit(const std::shared_ptr<Connection>& connection,
                                  const Message& first);
  void take(ExecutorId id, Message& message);
  void joined(ExecutorId id, Child& child, std::uint16_t block_port);
  void send(ExecutorId id, const Message& message);
  void refuse(const scheduler::LaunchTasks& tasks, const TaskError& error);
  void wake_at(std::chrono::steady_clock::time_point time);
  void settle(const std::function<void()>& change);

  const ProcessesOptions options_;
  const std::shared_ptr<ExecutorSite> site_;
  const std::string block_secret_ = new_secret();
  const ShuffleStore no_shuffles_;
  const BlockStore no_blocks_;
  DriverPieces pieces_;
  BlockServer blocks_{no_shuffles_,  no_blocks_,    pieces_,
                      block_secret_, kBlockThreads, site_->network()};
  Report report_;
  IoThreads io_{1};
  const std::unique_ptr<Listener> listener_;
  ExecutorOutput output_{io_.context()};
  ExecutorLinks links_{blocks_.port()};
  std::map<ExecutorId, std::unique_ptr<Child>> children_;
  ResultFetcher results_{[this](ExecutorId id, const Message& message) { send(id, message); },
                         [this](scheduler::Event event) { report_(std::move(event)); }};
  std::uint64_t next_id_ = 0;
  std::uint32_t failed_starts_ = 0;  // one after the other
  std::string last_failure_;
  bool stopping_ = false;
  asio::steady_timer patience_{io_.context()};
  asio::steady_timer heartbeat_{io_.context()};
  asio::steady_timer wake_{io_.context()};

  std::mutex mutex_;
  std::condition_variable settled_;
  bool started_ = false;                // of start() and stop()
  bool all_ended_ = false;              // guarded by mutex_
  std::optional<std::string> gave_up_;  // guarded by mutex_: why no more executors are started
  std::optional<ExecutorId> stand_in_;  // guarded by mutex_
};

}  // namespace kindred::cluster
