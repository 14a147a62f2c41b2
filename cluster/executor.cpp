#include "kindred/cluster/executor.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/task_failure.hpp"

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
  replicas_.reset();
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
  runner_ =
      std::make_unique<TaskRunner>(self_, std::make_shared<MemoryManager>(welcome.memory_bytes),
                                   std::move(client), true, welcome.storage);
  auto& stores = runner_->stores();
  stores.broadcasts.set_source(std::make_shared<BroadcastFetcher>(self_, client_));
  pieces_ = std::make_unique<ExecutorPieces>(stores.broadcasts);
  server_ =
      std::make_unique<BlockServer>(stores.shuffles, stores.blocks, *pieces_, welcome.block_secret,
                                    std::clamp(welcome.cores, 1U, kMostBlockThreads), network_);
  replicas_ = std::make_unique<ReplicaFetcher>(
      stores.blocks, stores.memory, client_, [this](ReplicaId replica, const std::string& why_not) {
        driver_->send(ReplicaEnded{replica, why_not.empty(), why_not});
      });
  results_ = std::make_unique<ResultStore>(stores.memory);
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
    results_->drop(message.task);
  }
}
void Executor::handle(DropShuffle& message) { runner().stores().shuffles.drop(message.shuffle); }
void Executor::handle(DropBlocks& message) {
  runner();
  replicas_->drop(message.rdd);
}
void Executor::handle(Replicate& message) {
  runner();
  replicas_->fetch(message);
}
void Executor::handle(DropBroadcast& message) {
  runner().stores().broadcasts.drop(message.broadcast);
}
void Executor::handle(FetchResult& message) {
  runner();
  auto piece = results_->piece(message.task, message.offset);
  const bool found = piece.has_value();
  driver_->send(ResultPiece{message.task, message.round, message.offset, found,
                            std::move(piece).value_or(std::string())});
}
void Executor::handle(DropResult& message) {
  runner();
  results_->drop(message.task);
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
  const auto cached = cached_of(outcome);
  try {
    send_end(task, std::move(outcome));
  } catch (const OutOfMemoryError&) {
    results_->drop(task);
    driver_->send(TaskEnded{task, Failed{detail::current_exception_as_error(), cached}});
  } catch (const std::exception& failure) {
    // What it added to accumulators is too long for a message, and will be the next time.
    results_->drop(task);
    driver_->send(TaskEnded{
        task, Failed{TaskError{failure.what(), "kindred::UsageError", {}, false}, cached}});
  }
}

void Executor::send_end(TaskId task, TaskOutcome outcome) {
  auto* done = std::get_if<Done>(&outcome);
  if (done == nullptr || done->value.bytes.size() <= kMostResultAlong) {
    return driver_->send(TaskEnded{task, std::move(outcome)});
  }
  const auto size = done->value.bytes.size();
  const auto checksum = results_->keep(task, std::exchange(done->value.bytes, {}));
  driver_->send(ResultWaits{task, std::move(*done), size, checksum});
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
