#include "kindred/cluster/processes.hpp"

#include <utility>

#include "kindred/cluster/processes_executors.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {

void Processes::Executors::start(Report report) {
  report_ = std::move(report);
  started_ = true;
  asio::post(io_.context(), [this] {
    listener_->accept_each(
        [this](auto stream) { greet(std::make_shared<Connection>(std::move(stream))); });
    for (std::uint32_t i = 0; i < options_.executors; ++i) spawn();
    beat();
  });
  std::string why;
  {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return gave_up_ || links_.size() >= options_.executors; });
    if (!gave_up_ || links_.size() > 0) return;
    why = *gave_up_;
  }
  stop();
  throw Error(why);
}

void Processes::Executors::perform(const scheduler::Action& action) {
  if (const auto* wake = std::get_if<scheduler::WakeAt>(&action)) {
    asio::post(io_.context(), [this, time = wake->time] { wake_at(time); });
    return;
  }
  if (const auto* fetch = std::get_if<scheduler::FetchResult>(&action)) {
    asio::post(io_.context(), [this, task = fetch->task] { results_.fetch(task); });
    return;
  }
  const auto* tasks = std::get_if<scheduler::LaunchTasks>(&action);
  std::optional<TaskError> error;
  if (tasks != nullptr) {
    const std::lock_guard lock(mutex_);
    if (stand_in_ == tasks->executor) error = TaskError{*gave_up_, {}, {}, false};
  }
  if (const auto* broadcast = std::get_if<scheduler::DropBroadcast>(&action)) {
    pieces_.forget(broadcast->broadcast);
  }
  if (!error) error = links_.perform(action);
  if (const auto* kill = std::get_if<scheduler::KillTask>(&action)) {
    asio::post(io_.context(), [this, task = kill->task] { results_.kill(task); });
  }
  if (!error) return;
  // Not from inside this call: the scheduler is at work.
  asio::post(io_.context(), [this, launch = *tasks, refused = *error] { refuse(launch, refused); });
}

void Processes::Executors::stop() {
  if (!std::exchange(started_, false)) return;
  asio::post(io_.context(), [this] { shut_down(); });
  {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [this] { return all_ended_; });
  }
  io_.stop();
}

void Processes::Executors::refuse(const scheduler::LaunchTasks& tasks, const TaskError& error) {
  for (const auto& task : tasks.tasks) {
    report_(scheduler::TaskEnded{task.id, tasks.executor, Failed{error}});
  }
}

void Processes::Executors::wake_at(std::chrono::steady_clock::time_point time) {
  if (stopping_) return;
  wake_.expires_at(time);
  wake_.async_wait([this](asio::error_code error) {
    if (!error && !stopping_) report_(scheduler::TimePassed{});
  });
}

void Processes::Executors::settle(const std::function<void()>& change) {
  const std::lock_guard lock(mutex_);
  change();
  settled_.notify_all();
}

Processes::Processes(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts)
    : Processes(options, std::move(broadcasts), executors_in_processes()) {}

Processes::Processes(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts,
                     std::shared_ptr<ExecutorSite> site)
    : executors_(std::make_unique<Executors>(options, std::move(broadcasts), std::move(site))) {}

Processes::~Processes() { stop(); }

void Processes::start(Report report) { executors_->start(std::move(report)); }

void Processes::perform(const scheduler::Action& action) { executors_->perform(action); }

void Processes::stop() { executors_->stop(); }

std::uint16_t Processes::port() const { return executors_->port(); }

}  // namespace kindred::cluster
