#include "kindred/cluster/executor_threads.hpp"

#include <fmt/format.h>
#include <future>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/executor.hpp"
#include "kindred/cluster/executor_site.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

constexpr int kKilled = -1;

class ExecutorThread final : public StartedExecutor {
 public:
  ExecutorThread(asio::io_context& driver_io, std::shared_ptr<Network> network, LaunchOrder order)
      : driver_io_(driver_io),
        network_(std::move(network)),
        order_(std::move(order)),
        thread_([this] { run(); }) {}

  void watch(std::function<void()> ended) override { ended_.set_value(std::move(ended)); }
  void kill() override {
    asio::post(io_, [this] {
      if (executor_ != nullptr) executor_->end(kKilled);
    });
  }
  pid_t pid() const override { return ::getpid(); }
  End reap() override {
    thread_.join();
    return {
        status_ == kKilled ? "was killed" : fmt::format("ended with status {}", status_), {}, {}};
  }
  std::string last_lines() override { return {}; }

 private:
  void run() {
    pthread_setname_np(pthread_self(), "kindred-executor");
    {
      Executor executor(io_, order_.executor, network_, [this](int status) { status_ = status; });
      executor_ = &executor;
      executor.serve(order_.port, order_.token);
      io_.run();
      executor_ = nullptr;
    }
    asio::post(driver_io_, ended_.get_future().get());
  }

  asio::io_context& driver_io_;
  const std::shared_ptr<Network> network_;
  const LaunchOrder order_;
  std::promise<std::function<void()>> ended_;
  asio::io_context io_;  // these three of the thread, until reap()
  Executor* executor_ = nullptr;
  int status_ = 0;
  std::thread thread_;
};

class OwnThreads final : public ExecutorSite {
 public:
  explicit OwnThreads(std::shared_ptr<Network> network) : network_(std::move(network)) {}

  std::shared_ptr<Network> network() override { return network_; }
  std::unique_ptr<StartedExecutor> start(asio::io_context& io, ExecutorOutput&,
                                         const LaunchOrder& order) override {
    try {
      return std::make_unique<ExecutorThread>(io, network_, order);
    } catch (const std::system_error& error) {
      throw Error(fmt::format("no thread for an executor could be started: {}", error.what()));
    }
  }

 private:
  const std::shared_ptr<Network> network_;
};

}  // namespace

std::shared_ptr<ExecutorSite> executors_in_threads(std::shared_ptr<Network> network) {
  return std::make_shared<OwnThreads>(std::move(network));
}

}  // namespace kindred::cluster
