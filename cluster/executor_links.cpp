#include "kindred/cluster/executor_links.hpp"

#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/queued_tasks.hpp"
#include "kindred/engine/lineage.hpp"

namespace kindred::cluster {

void ExecutorLinks::add(ExecutorId executor, std::shared_ptr<Connection> connection,
                        std::uint16_t block_port) {
  const std::lock_guard lock(mutex_);
  links_.emplace(executor, Link{std::move(connection), block_port, {}, false});
  send_addresses();
}

bool ExecutorLinks::remove(ExecutorId executor) {
  const std::lock_guard lock(mutex_);
  if (links_.erase(executor) == 0) return false;
  send_addresses();
  return true;
}

std::size_t ExecutorLinks::size() const {
  const std::lock_guard lock(mutex_);
  return links_.size();
}

bool ExecutorLinks::used(ExecutorId executor) const {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(executor);
  return found != links_.end() && found->second.used;
}

void ExecutorLinks::send_to_all(const Message& message) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, link] : links_) link.connection->send(message);
}

void ExecutorLinks::send_addresses() {
  ExecutorAddresses addresses;
  addresses.executors.push_back({kDriverBlocks, driver_port_});
  for (const auto& [id, link] : links_) addresses.executors.push_back({id, link.block_port});
  for (const auto& [id, link] : links_) link.connection->send(addresses);
}

ExecutorLinks::Link* ExecutorLinks::find(ExecutorId executor) {
  const auto found = links_.find(executor);
  return found == links_.end() ? nullptr : &found->second;
}

std::optional<TaskError> ExecutorLinks::perform(const scheduler::Action& action) {
  if (const auto* tasks = std::get_if<scheduler::LaunchTasks>(&action)) return launch(*tasks);
  const std::lock_guard lock(mutex_);
  // One that is gone was, or is about to be, reported as gone: nothing waits for it.
  const auto send = [this](ExecutorId executor, const Message& message) {
    if (auto* link = find(executor)) link->connection->send(message);
  };
  if (const auto* kill = std::get_if<scheduler::KillTask>(&action)) {
    send(kill->executor, KillTask{kill->task});
  } else if (const auto* shuffle = std::get_if<scheduler::DropShuffle>(&action)) {
    send(shuffle->executor, DropShuffle{shuffle->shuffle});
  } else if (const auto* blocks = std::get_if<scheduler::DropBlocks>(&action)) {
    send(blocks->executor, DropBlocks{blocks->rdd});
  } else if (const auto* broadcast = std::get_if<scheduler::DropBroadcast>(&action)) {
    for (const auto& [id, link] : links_)
      link.connection->send(DropBroadcast{broadcast->broadcast});
  } else if (const auto* stage = std::get_if<scheduler::StageFinished>(&action)) {
    const StageKey key{stage->stage, stage->attempt};
    lineages_.erase(key);
    for (auto& [id, link] : links_) {
      if (link.stages.erase(key) > 0) link.connection->send(ForgetStage{key});
    }
  }
  return std::nullopt;
}

std::optional<TaskError> ExecutorLinks::launch(const scheduler::LaunchTasks& tasks) {
  const auto& stage = *tasks.stage;
  const StageKey key{stage.stage, stage.attempt};
  try {
    // Outside of the lock: it takes as long as the lineage is large.
    auto lineage = lineages_.find(key);
    if (lineage == lineages_.end()) {
      lineage = lineages_.emplace(key, encode_lineage(*stage.end, false).bytes).first;
    }
    const std::lock_guard lock(mutex_);
    auto* link = find(tasks.executor);
    if (link == nullptr) return std::nullopt;
    if (!link->stages.contains(key)) {
      link->connection->send(AddStage{key, lineage->second,
                                      stage.inputs == nullptr ? MapOutputsList{} : *stage.inputs});
      link->stages.insert(key);
    }
    link->used = true;
    link->connection->send(LaunchTasks{key, queued_tasks(tasks)});
    return std::nullopt;
  } catch (...) {
    return refused_closure();
  }
}

}  // namespace kindred::cluster
