#include <fmt/format.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "kindred/cluster/launch_order.hpp"
#include "kindred/cluster/processes_executors.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// An executor that ends by itself this soon, with no task, would do so again.
constexpr std::chrono::seconds kEarly{1};
// The place of an executor where none can be: takes tasks, so that jobs fail and say why.
constexpr std::uint32_t kManySlots = 1024;

}  // namespace

void Processes::Executors::spawn() {
  if (failed_starts_ >= options_.most_failed_starts) return;
  const ExecutorId id{next_id_++};
  const LaunchOrder order{port(), id, ::getpid(), new_secret()};
  std::unique_ptr<Child> started;
  try {
    started = std::make_unique<Child>(io_.context(), site_->start(io_.context(), output_, order),
                                      order.token);
  } catch (const Error& failure) {
    note_failed_start(id, {failure.what(), {}, {}});
    return respawn();
  }
  auto& child = *children_.emplace(id, std::move(started)).first->second;
  child.executor->watch([this, id] { ended(id); });
  child.deadline.expires_after(options_.start_timeout);
  child.deadline.async_wait([this, id](asio::error_code error) {
    if (!error)
      end(id, fmt::format("was not ready {} ms after its start", options_.start_timeout.count()));
  });
}

// Only asks for the end; ended() has the rest. A process that is ending by itself keeps its own
// status.
void Processes::Executors::end(ExecutorId id, std::string why) {
  const auto found = children_.find(id);
  if (found == children_.end()) return;
  if (found->second->trouble.empty()) found->second->trouble = std::move(why);
  found->second->executor->kill();
}

// Nobody waits for its end: a process may be where not even SIGKILL gets it for a while.
void Processes::Executors::lose(ExecutorId id, Child& child, const std::string& why) {
  child.lost = true;
  child.executor->kill();
  replace_lost(id, child, {why, child.executor->last_lines(), {}});
  child.connection->close(why);
}

void Processes::Executors::beat() {
  links_.send_to_all(Heartbeat{});
  std::vector<ExecutorId> hung;
  for (auto& [id, child] : children_) {
    if (!child->ready() || child->lost) continue;
    if (child->liveness->hung(child->connection->received())) hung.push_back(id);
  }
  for (const auto id : hung) {
    lose(id, *children_.at(id),
         fmt::format("sent no heartbeat for {} ms", options_.heartbeat_timeout.count()));
  }
  const auto patience = options_.kill_timeout / options_.heartbeat_interval;
  for (const auto& [id, task] : links_.deaf(static_cast<std::uint32_t>(patience))) {
    lose(id, *children_.at(id),
         fmt::format("still ran {} {} ms after that was killed", task,
                     options_.kill_timeout.count()));
  }
  heartbeat_.expires_after(options_.heartbeat_interval);
  heartbeat_.async_wait([this](asio::error_code error) {
    if (!error && !stopping_) beat();
  });
}

void Processes::Executors::ended(ExecutorId id) {
  const auto child = std::move(children_.extract(id).mapped());
  auto end = child->executor->reap();
  if (!child->trouble.empty()) end.how = child->trouble + ", then " + end.how;
  if (stopping_) {
    links_.remove(id);
    if (children_.empty()) settle([this] { all_ended_ = true; });
    return;
  }
  if (child->lost) {
    if (failed_starts_ >= options_.most_failed_starts) give_up();
    return;
  }
  replace_lost(id, *child, end);
  // Last: what its connection still holds back must not be reported after its end.
  if (child->connection != nullptr) child->connection->close(end.how);
}

void Processes::Executors::replace_lost(ExecutorId id, const Child& child,
                                        const StartedExecutor::End& end) {
  const bool idle = !links_.used(id) && std::chrono::steady_clock::now() - child.started < kEarly;
  if (!child.ready() || idle) {
    note_failed_start(id, end);
  } else {
    detail::log_warning(fmt::format("executor {} {}", id.value, end.how));
  }
  pieces_.forget(id);
  results_.forget(id);
  scheduler::ExecutorGone gone{id, end.how + end.lines};
  if (end.task) {
    const auto task = links_.running(id, end.task->stage, end.task->partition);
    if (task) gone.culprit = {task->id, {"the executor " + gone.reason, {}, task->ops, true}};
  }
  if (links_.remove(id)) report_(std::move(gone));
  respawn();
}

void Processes::Executors::note_failed_start(ExecutorId id, const StartedExecutor::End& end) {
  ++failed_starts_;
  last_failure_ = end.how + end.lines;
  detail::log_warning(fmt::format("executor {} {}", id.value, end.how));
}

void Processes::Executors::respawn() {
  if (failed_starts_ >= options_.most_failed_starts) return give_up();
  spawn();
}

void Processes::Executors::give_up() {
  settle([&] {
    gave_up_ = fmt::format(
        "no executor could be started: {} in a row failed (what runs before main, static objects, "
        "runs in every executor too); the last one {}",
        failed_starts_, last_failure_);
  });
  if (failed_starts_ == options_.most_failed_starts) detail::log_warning(*gave_up_);
  if (links_.size() > 0 || !children_.empty() || stand_in_) return;
  const ExecutorId id{next_id_++};
  settle([&] { stand_in_ = id; });
  report_(scheduler::ExecutorJoined{id, kManySlots, {}});
}

void Processes::Executors::shut_down() {
  stopping_ = true;
  wake_.cancel();
  listener_->close();
  if (children_.empty()) return settle([this] { all_ended_ = true; });
  links_.send_to_all(Shutdown{});
  for (const auto& [id, child] : children_) {
    if (!child->ready()) child->executor->kill();
  }
  patience_.expires_after(options_.stop_timeout);
  patience_.async_wait([this](asio::error_code error) {
    if (error) return;
    for (const auto& [id, child] : children_) child->executor->kill();
  });
}

}  // namespace kindred::cluster
