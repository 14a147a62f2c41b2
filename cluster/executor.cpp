#include "kindred/cluster/executor.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

constexpr int kFailed = 1;
// Sealing a bucket takes processor time: more threads would only take it from tasks.
constexpr std::uint32_t kMostBlockThreads = 4;

}  // namespace

Executor::Executor(asio::io_context& io, ExecutorId self, std::shared_ptr<Network> network,
                   Ended ended)
    : io_(io),
      self_(self),
      network_(std::move(network)),
      ended_(std::move(ended)),
      heartbeat_(io) {}

Executor::~Executor() {
  server_.reset();
  if (client_ != nullptr) client_->set_addresses({});
  threads_.reset();
}

void Executor::serve(std::uint16_t driver_port, const std::string& token) {
  network_->connect(io_, driver_port,
                    [this, token](asio::error_code error, std::unique_ptr<Stream> stream) {
                      if (over_) return;
                      if (error) return leave("there is none: " + error.message());
                      driver_ = std::make_shared<Connection>(std::move(stream));
                      greet(token);
                    });
}

void Executor::greet(const std::string& token) {
  driver_->trust();
  driver_->start([this](Message message) { take(std::move(message)); },
                 [this](const std::string& reason) { leave(reason); });
  driver_->send(Hello{program_build_id(), self_, token, {}});
}

void Executor::end(int status) {
  if (std::exchange(over_, true)) return;
  ended_(status);
  heartbeat_.cancel();
  if (driver_ != nullptr) driver_->close("the executor has ended");
}

void Executor::take(Message message) {
  if (over_) return;
  std::visit([this](auto& alternative) { handle(alternative); }, message);
}

void Executor::handle(Welcome& welcome) {
  if (runner_) throw DecodeError("a second welcome");
  BlockTimeouts timeouts;
  timeouts.answer = std::chrono::milliseconds(std::max(1U, welcome.fetch_timeout_ms));
  auto client =
      std::make_shared<BlockClient>(self_, welcome.block_secret, timeouts, network_,
                                    welcome.shared_memory ? HostMemory::read : HostMemory::unused);
  client_ = client;
  runner_ = std::make_unique<TaskRunner>(
      self_, std::make_shared<MemoryManager>(welcome.memory_bytes), std::move(client), true);
  auto& stores = runner_->stores();
  stores.broadcasts.set_source(std::make_shared<BroadcastFetcher>(self_, client_));
  pieces_ = std::make_unique<ExecutorPieces>(stores.broadcasts);
  server_ =
      std::make_unique<BlockServer>(stores.shuffles, *pieces_, welcome.block_secret,
                                    std::clamp(welcome.cores, 1U, kMostBlockThreads), network_);
  threads_ = std::make_unique<TaskThreads>(
      *runner_, welcome.cores,
      [this](TaskId task, TaskOutcome outcome) { report(task, std::move(outcome)); });
  driver_->send(Ready{server_->port()});
  const std::chrono::milliseconds interval(std::max(1U, welcome.heartbeat_ms));
  beat(interval, {interval, std::chrono::milliseconds(welcome.driver_timeout_ms)});
}
void Executor::handle(Refuse& refuse) {
  detail::log_warning(
      fmt::format("executor {}: the driver refused it: {}", self_.value, refuse.reason));
  end(kFailed);
}
void Executor::handle(AddStage& message) {
  runner().add_stage(message.stage, {std::move(message.lineage), {}}, std::move(message.inputs));
}
void Executor::handle(LaunchTasks& message) {
  runner();
  threads_->launch(message.stage, message.tasks);
}
void Executor::handle(KillTask& message) {
  runner();
  // At once where it waits for a thread: what makes it wait may take long.
  if (threads_->take_back(message.task)) {
    report(message.task, Killed{"the driver ended the task before it started"});
  } else {
    threads_->kill(message.task);
  }
}
void Executor::handle(DropShuffle& message) { runner().stores().shuffles.drop(message.shuffle); }
void Executor::handle(DropBlocks& message) { runner().stores().blocks.drop(message.rdd); }
void Executor::handle(DropBroadcast& message) {
  runner().stores().broadcasts.drop(message.broadcast);
}
void Executor::handle(ForgetStage& message) { runner().forget_stage(message.stage); }
void Executor::handle(ExecutorAddresses& message) {
  runner();
  std::erase_if(message.executors, [this](const auto& one) { return one.executor == self_; });
  client_->set_addresses(message.executors);
}
void Executor::handle(Shutdown&) { end(0); }
template <class Other>
void Executor::handle(Other&) {
  throw DecodeError("a message that no driver sends");
}

TaskRunner& Executor::runner() {
  if (!runner_) throw DecodeError("a message before the welcome");
  return *runner_;
}

// Sent from here, and so whatever the task threads do.
void Executor::beat(std::chrono::milliseconds interval, Liveness liveness) {
  if (liveness.hung(driver_->received())) {
    detail::log_warning(fmt::format("executor {} ends: no word from the driver", self_.value));
    return end(kFailed);
  }
  driver_->send(Heartbeat{});
  heartbeat_.expires_after(interval);
  heartbeat_.async_wait([this, interval, liveness](asio::error_code error) {
    if (!error && !over_) beat(interval, liveness);
  });
}

// On a task thread or ours.
void Executor::report(TaskId task, TaskOutcome outcome) {
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

void Executor::leave(const std::string& reason) {
  if (over_) return;
  if (reason != Connection::kPeerClosed) {
    detail::log_warning(
        fmt::format("executor {} ends: connection to the driver: {}", self_.value, reason));
  }
  end(kFailed);
}

}  // namespace kindred::cluster
