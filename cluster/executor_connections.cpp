#include <fmt/format.h>
#include <utility>

#include "kindred/cluster/handshake.hpp"
#include "kindred/cluster/processes_executors.hpp"
#include "kindred/engine/entry.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// One that runs and one that waits for each core: none is idle while the end of a task travels.
constexpr std::uint32_t kSlotsPerCore = 2;

}  // namespace

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
          detail::log_warning(fmt::format("a connection to the driver was closed: {}", reason));
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
  connection->send(Welcome{options_.cores, options_.memory_bytes, block_secret_,
                           static_cast<std::uint32_t>(options_.heartbeat_interval.count()),
                           static_cast<std::uint32_t>(options_.driver_timeout.count()),
                           static_cast<std::uint32_t>(options_.fetch_timeout.count()),
                           options_.storage, options_.shared_memory});
  return hello->executor;
}

void Processes::Executors::take(ExecutorId id, Message& message) {
  const auto found = children_.find(id);
  if (found == children_.end() || found->second->lost || stopping_) return;
  auto& child = *found->second;
  if (const auto* ready = std::get_if<Ready>(&message); ready != nullptr && !child.ready()) {
    joined(id, child, ready->block_port);
  } else if (auto* task = std::get_if<TaskEnded>(&message); task != nullptr && child.ready()) {
    failed_starts_ = 0;
    links_.ended(id, task->task);
    report_(scheduler::TaskEnded{task->task, id, std::move(task->outcome)});
  } else if (const auto* copy = std::get_if<ReplicaEnded>(&message);
             copy != nullptr && child.ready()) {
    if (!copy->stored) {
      detail::log_warning(
          fmt::format("executor {} could not copy a cached partition: {}", id.value, copy->reason));
    }
    report_(scheduler::ReplicaEnded{copy->replica, id, copy->stored});
  } else if (auto* result = std::get_if<ResultWaits>(&message);
             result != nullptr && child.ready()) {
    failed_starts_ = 0;
    links_.ended(id, result->task);
    results_.announced(id, std::move(*result));
  } else if (auto* piece = std::get_if<ResultPiece>(&message); piece != nullptr && child.ready()) {
    results_.arrived(id, std::move(*piece));
  } else if (!std::holds_alternative<Heartbeat>(message) || !child.ready()) {
    throw DecodeError("a message that no executor sends");
  }
}

void Processes::Executors::send(ExecutorId id, const Message& message) {
  const auto found = children_.find(id);
  if (found != children_.end()) found->second->connection->send(message);
}

void Processes::Executors::joined(ExecutorId id, Child& child, std::uint16_t block_port) {
  child.liveness.emplace(options_.heartbeat_interval, options_.heartbeat_timeout);
  child.deadline.cancel();
  links_.add(id, child.connection, block_port);
  detail::log_info(
      fmt::format("executor {} is ready, process {}", id.value, child.executor->pid()));
  report_(scheduler::ExecutorJoined{id, options_.cores * kSlotsPerCore, {}, child.executor->pid()});
  settle([] {});
}

}  // namespace kindred::cluster
