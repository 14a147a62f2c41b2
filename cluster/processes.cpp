#include "kindred/cluster/processes.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/broadcast_exchange.hpp"
#include "kindred/cluster/connection.hpp"
#include "kindred/cluster/executor_links.hpp"
#include "kindred/cluster/handshake.hpp"
#include "kindred/cluster/launch_order.hpp"
#include "kindred/cluster/log.hpp"
#include "kindred/cluster/message.hpp"
#include "kindred/cluster/secret.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

using Clock = std::chrono::steady_clock;

// One that runs and one that waits for each core: none is idle while the end of a task travels.
constexpr std::uint32_t kSlotsPerCore = 2;
// An executor that ends by itself this soon, with no task, would do so again.
constexpr std::chrono::seconds kEarly{1};
// The place of an executor where none can be: takes tasks, so that jobs fail and say why.
constexpr std::uint32_t kManySlots = 1024;

// For broadcasts. Their bytes are there already, so that little is to be done for each request.
constexpr std::uint32_t kBlockThreads = 2;

int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

// All of it happens on the io thread, but for what says otherwise.
class Processes::Executors {
 public:
  Executors(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts)
      : options_(options),
        pieces_(std::move(broadcasts)),
        acceptor_(listen_on_loopback(io_.context())) {}
  ~Executors() { io_.stop(); }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // The three of Backend, on its callers' threads.
  void start(Report report);
  void perform(const scheduler::Action& action);
  void stop();

 private:
  struct Child {
    Child(asio::io_context& io, std::string secret)
        : token(std::move(secret)), ended(io), deadline(io), started(Clock::now()) {}

    const std::string token;
    asio::posix::stream_descriptor ended;  // readable when the process has ended
    asio::steady_timer deadline;           // for its start
    const Clock::time_point started;
    pid_t pid = 0;
    std::shared_ptr<Connection> connection;  // from its hello on
    bool ready = false;
    std::string trouble;  // why we ended it, if we did
  };

  void spawn();
  void watch(ExecutorId id, Child& child);
  void await_end(ExecutorId id, Child& child);
  void end(ExecutorId id, std::string why);
  void ended(ExecutorId id);
  void replace_lost(ExecutorId id, const Child& child, const std::string& how);
  void give_up();
  void shut_down();

  void greet(const std::shared_ptr<Connection>& connection);
  std::optional<ExecutorId> admit(const std::shared_ptr<Connection>& connection,
                                  const Message& first);
  void take(ExecutorId id, Message& message);
  void joined(ExecutorId id, Child& child, std::uint16_t block_port);
  void refuse(const scheduler::LaunchTasks& tasks, const TaskError& error);
  void settle(const std::function<void()>& change);

  const ProcessesOptions options_;
  const std::string block_secret_ = new_secret();
  const ShuffleStore no_shuffles_;
  DriverPieces pieces_;
  BlockServer blocks_{no_shuffles_, pieces_, block_secret_, kBlockThreads};
  Report report_;
  IoThreads io_{1};
  asio::ip::tcp::acceptor acceptor_;
  ExecutorLinks links_{blocks_.port()};
  std::map<ExecutorId, std::unique_ptr<Child>> children_;
  std::uint64_t next_id_ = 0;
  std::uint32_t failed_starts_ = 0;  // one after the other
  std::string last_failure_;
  bool stopping_ = false;
  asio::steady_timer patience_{io_.context()};

  std::mutex mutex_;
  std::condition_variable settled_;
  bool started_ = false;                // of start() and stop()
  bool all_ended_ = false;              // guarded by mutex_
  std::optional<std::string> gave_up_;  // guarded by mutex_: why no more executors are started
  std::optional<ExecutorId> stand_in_;  // guarded by mutex_
};

// ---- on the caller's thread --------------------------------------------------------------------

void Processes::Executors::start(Report report) {
  report_ = std::move(report);
  started_ = true;
  asio::post(io_.context(), [this] {
    accept_each(acceptor_, io_.context(), [this](auto connection) { greet(connection); });
    for (std::uint32_t i = 0; i < options_.executors; ++i) spawn();
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

// ---- processes ---------------------------------------------------------------------------------

void Processes::Executors::settle(const std::function<void()>& change) {
  const std::lock_guard lock(mutex_);
  change();
  settled_.notify_all();
}

void Processes::Executors::spawn() {
  if (failed_starts_ >= options_.most_failed_starts) return;
  const ExecutorId id{next_id_++};
  auto child = std::make_unique<Child>(io_.context(), new_secret());
  try {
    child->pid = spawn_executor({port(), id, ::getpid(), child->token});
  } catch (const Error& failure) {
    return replace_lost(id, *child, failure.what());
  }
  auto& kept = *children_.emplace(id, std::move(child)).first->second;
  watch(id, kept);
}

void Processes::Executors::watch(ExecutorId id, Child& child) {
  const int descriptor = pidfd_open(child.pid);
  if (descriptor < 0) {
    ::kill(child.pid, SIGKILL);
    reap(child.pid);
    const auto lost = std::move(children_.extract(id).mapped());
    return replace_lost(id, *lost, "this system cannot watch a process (pidfd_open)");
  }
  child.ended.assign(descriptor);
  await_end(id, child);
  child.deadline.expires_after(options_.start_timeout);
  child.deadline.async_wait([this, id](asio::error_code error) {
    if (!error)
      end(id, fmt::format("was not ready {} ms after its start", options_.start_timeout.count()));
  });
}

void Processes::Executors::await_end(ExecutorId id, Child& child) {
  child.ended.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, id](asio::error_code error) {
                           if (error) return;
                           auto& waited = *children_.at(id);
                           // Asio reuses what it keeps of a descriptor: an event of one that was
                           // closed just now can end the wait of the next, whose process runs. To
                           // wait for that one would block for ever.
                           has_ended(waited.pid) ? ended(id) : await_end(id, waited);
                         });
}

// Only asks for the end; ended() has the rest. A process that is ending by itself keeps its own
// status.
void Processes::Executors::end(ExecutorId id, std::string why) {
  const auto found = children_.find(id);
  if (found == children_.end()) return;
  if (found->second->trouble.empty()) found->second->trouble = std::move(why);
  ::kill(found->second->pid, SIGKILL);
}

void Processes::Executors::ended(ExecutorId id) {
  const auto child = std::move(children_.extract(id).mapped());
  auto how = reap(child->pid);
  if (!child->trouble.empty()) how = child->trouble + ", then " + how;
  if (stopping_) {
    links_.remove(id);
    if (children_.empty()) settle([this] { all_ended_ = true; });
    return;
  }
  replace_lost(id, *child, how);
  // Last: what its connection still holds back must not be reported after its end.
  if (child->connection != nullptr) child->connection->close(how);
}

void Processes::Executors::replace_lost(ExecutorId id, const Child& child, const std::string& how) {
  const bool idle = !links_.used(id) && Clock::now() - child.started < kEarly;
  if (!child.ready || idle) {
    ++failed_starts_;
    last_failure_ = how;
  }
  log_warning(fmt::format("executor {} {}", id.value, how));
  pieces_.forget(id);
  if (links_.remove(id)) report_(scheduler::ExecutorGone{id, how});
  if (failed_starts_ >= options_.most_failed_starts) return give_up();
  spawn();
}

void Processes::Executors::give_up() {
  settle([&] {
    gave_up_ = fmt::format(
        "no executor could be started: {} in a row failed, the last one {}. What runs before main "
        "(static objects) runs in every executor too",
        failed_starts_, last_failure_);
  });
  if (failed_starts_ == options_.most_failed_starts) log_warning(*gave_up_);
  if (links_.size() > 0 || !children_.empty() || stand_in_) return;
  const ExecutorId id{next_id_++};
  settle([&] { stand_in_ = id; });
  report_(scheduler::ExecutorJoined{id, kManySlots, {}});
}

void Processes::Executors::refuse(const scheduler::LaunchTasks& tasks, const TaskError& error) {
  for (const auto& task : tasks.tasks) {
    report_(scheduler::TaskEnded{task.id, tasks.executor, Failed{error}});
  }
}

void Processes::Executors::shut_down() {
  stopping_ = true;
  asio::error_code ignored;
  acceptor_.close(ignored);
  if (children_.empty()) return settle([this] { all_ended_ = true; });
  links_.send_to_all(Shutdown{});
  for (const auto& [id, child] : children_) {
    if (!child->ready) ::kill(child->pid, SIGKILL);
  }
  patience_.expires_after(options_.stop_timeout);
  patience_.async_wait([this](asio::error_code error) {
    if (error) return;
    for (const auto& [id, child] : children_) ::kill(child->pid, SIGKILL);
  });
}

// ---- connections -------------------------------------------------------------------------------

// A connection says first whose it is, or is closed. Strangers can do no more than that.
void Processes::Executors::greet(const std::shared_ptr<Connection>& connection) {
  const auto id = std::make_shared<std::optional<ExecutorId>>();
  const auto deadline = std::make_shared<asio::steady_timer>(io_.context());
  const std::weak_ptr<Connection> weak = connection;
  deadline->expires_after(options_.start_timeout);
  deadline->async_wait([weak](asio::error_code error) {
    const auto late = weak.lock();
    if (!error && late != nullptr) late->close("no greeting came in time");
  });
  connection->start(
      [this, id, deadline, weak](Message message) {
        if (*id) return take(**id, message);
        deadline->cancel();
        if (const auto peer = weak.lock()) *id = admit(peer, message);
      },
      [this, id, deadline](const std::string& reason) {
        deadline->cancel();
        if (!*id) {
          log_warning(fmt::format("a connection to the driver was closed: {}", reason));
        } else if (!stopping_) {
          // Where the process is ending, its status says more.
          const bool gone = reason == Connection::kPeerClosed || reason == Connection::kCutOff;
          end(**id, gone ? "" : "lost its connection: " + reason);
        }
      });
}

std::optional<ExecutorId> Processes::Executors::admit(const std::shared_ptr<Connection>& connection,
                                                      const Message& first) {
  const auto* hello = std::get_if<Hello>(&first);
  if (hello == nullptr) throw DecodeError("the first message is no greeting");
  // A token is good for one connection.
  const auto child = children_.find(hello->executor);
  const bool expected =
      !stopping_ && child != children_.end() && child->second->connection == nullptr;
  const auto reason =
      refusal(*hello, expected ? child->second->token : std::string(), program_build_id());
  if (!reason.empty()) {
    connection->send(Refuse{reason});
    connection->close("refused: " + reason);
    return std::nullopt;
  }
  child->second->connection = connection;
  connection->trust();
  connection->send(Welcome{options_.cores, options_.memory_bytes, block_secret_});
  return hello->executor;
}

void Processes::Executors::take(ExecutorId id, Message& message) {
  const auto found = children_.find(id);
  if (found == children_.end() || stopping_) return;
  auto& child = *found->second;
  if (const auto* ready = std::get_if<Ready>(&message); ready != nullptr && !child.ready) {
    joined(id, child, ready->block_port);
  } else if (auto* task = std::get_if<TaskEnded>(&message); task != nullptr && child.ready) {
    failed_starts_ = 0;
    report_(scheduler::TaskEnded{task->task, id, std::move(task->outcome)});
  } else {
    throw DecodeError("a message that no executor sends");
  }
}

void Processes::Executors::joined(ExecutorId id, Child& child, std::uint16_t block_port) {
  child.ready = true;
  child.deadline.cancel();
  links_.add(id, child.connection, block_port);
  log_info(fmt::format("executor {} is ready, process {}", id.value, child.pid));
  report_(scheduler::ExecutorJoined{id, options_.cores * kSlotsPerCore, {}});
  settle([] {});
}

// ---- the backend -------------------------------------------------------------------------------

Processes::Processes(ProcessesOptions options, std::shared_ptr<BroadcastOrigin> broadcasts)
    : executors_(std::make_unique<Executors>(options, std::move(broadcasts))) {}

Processes::~Processes() { stop(); }

void Processes::start(Report report) { executors_->start(std::move(report)); }

void Processes::perform(const scheduler::Action& action) { executors_->perform(action); }

void Processes::stop() { executors_->stop(); }

std::uint16_t Processes::port() const { return executors_->port(); }

}  // namespace kindred::cluster
