#include "kindred/cluster/executor.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/crash_report.hpp"
#include "kindred/cluster/liveness.hpp"
#include "kindred/cluster/task_threads.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/task_runner.hpp"

namespace kindred::cluster {
namespace {

constexpr int kFailed = 1;
// Sealing a bucket takes processor time: more threads would only take it from tasks.
constexpr std::uint32_t kMostBlockThreads = 4;

// Everything but the ends of tasks happens on the thread that runs the driver's connection.
class Executor {
 public:
  Executor(asio::io_context& io, ExecutorId self) : self_(self), heartbeat_(io) {}

  void serve(const std::shared_ptr<Connection>& driver, const std::string& token) {
    driver_ = driver;
    driver_->trust();
    driver_->start([this](Message message) { take(std::move(message)); },
                   [this](const std::string& reason) { leave(reason); });
    driver_->send(Hello{program_build_id(), self_, token, {}});
  }

 private:
  void take(Message message) {
    std::visit([this](auto& alternative) { handle(alternative); }, message);
  }

  void handle(Welcome& welcome) {
    if (runner_) throw DecodeError("a second welcome");
    auto client = std::make_shared<BlockClient>(self_, welcome.block_secret);
    client_ = client;
    runner_ = std::make_unique<TaskRunner>(
        self_, std::make_shared<MemoryManager>(welcome.memory_bytes), std::move(client), true);
    auto& stores = runner_->stores();
    stores.broadcasts.set_source(std::make_shared<BroadcastFetcher>(self_, client_));
    pieces_ = std::make_unique<ExecutorPieces>(stores.broadcasts);
    server_ = std::make_unique<BlockServer>(stores.shuffles, *pieces_, welcome.block_secret,
                                            std::clamp(welcome.cores, 1U, kMostBlockThreads));
    threads_ = std::make_unique<TaskThreads>(
        *runner_, welcome.cores,
        [this](TaskId task, TaskOutcome outcome) { report(task, std::move(outcome)); });
    driver_->send(Ready{server_->port()});
    const std::chrono::milliseconds interval(std::max(1U, welcome.heartbeat_ms));
    beat(interval, {interval, std::chrono::milliseconds(welcome.driver_timeout_ms)});
  }
  void handle(Refuse& refuse) {
    detail::log_warning(
        fmt::format("executor {}: the driver refused it: {}", self_.value, refuse.reason));
    ::_exit(kFailed);
  }
  void handle(AddStage& message) {
    runner().add_stage(message.stage, {std::move(message.lineage), {}}, std::move(message.inputs));
  }
  void handle(LaunchTasks& message) {
    runner();
    threads_->launch(message.stage, message.tasks);
  }
  void handle(KillTask& message) {
    runner();
    // At once where it waits for a thread: what makes it wait may take long.
    if (threads_->take_back(message.task)) {
      report(message.task, Killed{"the driver ended the task before it started"});
    } else {
      threads_->kill(message.task);
    }
  }
  void handle(DropShuffle& message) { runner().stores().shuffles.drop(message.shuffle); }
  void handle(DropBlocks& message) { runner().stores().blocks.drop(message.rdd); }
  void handle(DropBroadcast& message) { runner().stores().broadcasts.drop(message.broadcast); }
  void handle(ForgetStage& message) { runner().forget_stage(message.stage); }
  void handle(ExecutorAddresses& message) {
    runner();
    std::erase_if(message.executors, [this](const auto& one) { return one.executor == self_; });
    client_->set_addresses(message.executors);
  }
  void handle(Shutdown&) {
    // What tasks printed may still be in a buffer.
    std::fflush(nullptr);
    ::_exit(0);
  }
  void handle(Heartbeat&) {}
  template <class Other>
  void handle(Other&) {
    throw DecodeError("a message that no driver sends");
  }

  TaskRunner& runner() {
    if (!runner_) throw DecodeError("a message before the welcome");
    return *runner_;
  }

  // Sent from here, and so whatever the task threads do.
  void beat(std::chrono::milliseconds interval, Liveness liveness) {
    if (liveness.hung(driver_->received())) {
      detail::log_warning(fmt::format("executor {} ends: no word from the driver", self_.value));
      ::_exit(kFailed);
    }
    driver_->send(Heartbeat{});
    heartbeat_.expires_after(interval);
    heartbeat_.async_wait([this, interval, liveness](asio::error_code error) {
      if (!error) beat(interval, liveness);
    });
  }

  // On a task thread or ours.
  void report(TaskId task, TaskOutcome outcome) {
    const auto* put = cached_of(outcome);
    const auto cached = put == nullptr ? std::vector<BlockId>() : *put;
    try {
      driver_->send(TaskEnded{task, std::move(outcome)});
    } catch (const std::exception& failure) {
      // A value that is too long for a message; another attempt would make it as long.
      driver_->send(TaskEnded{
          task, Failed{TaskError{failure.what(), "kindred::UsageError", {}, false}, cached}});
    }
  }

  void leave(const std::string& reason) {
    if (reason != Connection::kPeerClosed) {
      detail::log_warning(
          fmt::format("executor {} ends: connection to the driver: {}", self_.value, reason));
    }
    ::_exit(kFailed);
  }

  const ExecutorId self_;
  asio::steady_timer heartbeat_;
  std::shared_ptr<Connection> driver_;
  std::shared_ptr<BlockClient> client_;
  std::unique_ptr<TaskRunner> runner_;
  std::unique_ptr<ExecutorPieces> pieces_;
  std::unique_ptr<BlockServer> server_;
  std::unique_ptr<TaskThreads> threads_;
};

// The system ends an executor with its driver even where it is stopped, or its main thread hangs.
// The driver starts executors on a thread that lives as long as they may.
void end_with(std::int64_t driver) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != driver) ::_exit(kFailed);
}

}  // namespace

void serve_driver(const LaunchOrder& order) {
  // Ctrl-C goes to all processes of a terminal; what happens then is the driver's decision.
  std::signal(SIGINT, SIG_IGN);
  end_with(order.driver);
  report_crashes_to(kCrashReport);
  const SignalStack signal_stack;
  // A pipe, but one that people read line by line, also when the process is about to be killed.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), order.port});
    Executor executor(io, order.executor);
    executor.serve(std::make_shared<Connection>(std::move(socket)), order.token);
    // On the main thread, so that task threads inherit its mask of signals, which is the driver's.
    io.run();
    ::_exit(kFailed);
  } catch (const std::exception& failure) {
    detail::log_warning(fmt::format("executor {}: {}", order.executor.value, failure.what()));
    ::_exit(kFailed);
  }
}

}  // namespace kindred::cluster
