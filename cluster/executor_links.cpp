#include "kindred/cluster/executor_links.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "kindred/cluster/block_service.hpp"
#include "kindred/cluster/queued_tasks.hpp"
#include "kindred/engine/lineage.hpp"

namespace kindred::cluster {
namespace {

// Those nearest to the stage's end: a lineage is as long as users like.
constexpr std::size_t kMostOps = 16;

// The ops of a stage, in the order in which rows meet them.
std::string ops_of(const StageEnd& end) {
  std::vector<std::string> texts;  // the last op first
  std::vector<const Node*> nodes{&end};
  for (std::size_t next = 0; next < nodes.size() && texts.size() <= kMostOps; ++next) {
    const auto labels = nodes[next]->labels();
    for (auto op = labels.rbegin(); op != labels.rend(); ++op) texts.push_back(op->text());
    for (const auto& parent : nodes[next]->parents()) {
      const bool seen = std::find(nodes.begin(), nodes.end(), parent.get()) != nodes.end();
      if (parent->kind() != NodeKind::shuffle_writer && !seen) nodes.push_back(parent.get());
    }
  }
  std::string text = texts.size() > kMostOps ? "..." : "";
  texts.resize(std::min(texts.size(), kMostOps));
  for (auto op = texts.rbegin(); op != texts.rend(); ++op) {
    text += (text.empty() ? "" : " -> ") + *op;
  }
  return text;
}

}  // namespace

void ExecutorLinks::add(ExecutorId executor, std::shared_ptr<Connection> connection,
                        std::uint16_t block_port) {
  const std::lock_guard lock(mutex_);
  auto& link = links_[executor];
  link.connection = std::move(connection);
  link.block_port = block_port;
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

void ExecutorLinks::ended(ExecutorId executor, TaskId task) {
  const std::lock_guard lock(mutex_);
  if (auto* link = find(executor)) link->tasks.erase(task);
}

std::optional<ExecutorLinks::RunningTask> ExecutorLinks::running(ExecutorId executor, StageId stage,
                                                                 PartitionId partition) const {
  const std::lock_guard lock(mutex_);
  const auto link = links_.find(executor);
  if (link == links_.end()) return std::nullopt;
  for (const auto& [id, task] : link->second.tasks) {
    if (task.stage.stage != stage || task.partition != partition) continue;
    const auto known = stages_.find(task.stage);
    return RunningTask{id, known == stages_.end() ? std::string() : known->second.ops};
  }
  return std::nullopt;
}

std::vector<ExecutorLinks::Deaf> ExecutorLinks::deaf(std::uint32_t most) {
  const std::lock_guard lock(mutex_);
  std::vector<Deaf> found;
  for (auto& [executor, link] : links_) {
    const Task* worst = nullptr;
    for (auto& [id, task] : link.tasks) {
      if (!task.intervals || ++*task.intervals <= most) continue;
      if (worst == nullptr || task.intervals > worst->intervals) worst = &task;
    }
    if (worst == nullptr) continue;
    const auto stage = stages_.find(worst->stage);
    found.push_back({executor, fmt::format("partition {} of stage {} ({})", worst->partition.value,
                                           worst->stage.stage.value,
                                           stage == stages_.end() ? "" : stage->second.ops)});
  }
  return found;
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
    if (auto* link = find(kill->executor)) {
      const auto task = link->tasks.find(kill->task);
      if (task != link->tasks.end()) task->second.intervals = 0;
    }
  } else if (const auto* shuffle = std::get_if<scheduler::DropShuffle>(&action)) {
    send(shuffle->executor, DropShuffle{shuffle->shuffle});
  } else if (const auto* blocks = std::get_if<scheduler::DropBlocks>(&action)) {
    send(blocks->executor, DropBlocks{blocks->rdd});
  } else if (const auto* copy = std::get_if<scheduler::Replicate>(&action)) {
    send(copy->to, Replicate{copy->replica, copy->block, copy->from});
  } else if (const auto* broadcast = std::get_if<scheduler::DropBroadcast>(&action)) {
    for (const auto& [id, link] : links_)
      link.connection->send(DropBroadcast{broadcast->broadcast});
  } else if (const auto* stage = std::get_if<scheduler::StageFinished>(&action)) {
    const StageKey key{stage->stage, stage->attempt};
    stages_.erase(key);
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
    auto known = stages_.find(key);
    std::optional<Stage> written;
    if (known == stages_.end()) {
      written = Stage{encode_lineage(*stage.end, false).bytes, ops_of(*stage.end)};
    }
    const std::lock_guard lock(mutex_);
    if (written) known = stages_.emplace(key, std::move(*written)).first;
    auto* link = find(tasks.executor);
    if (link == nullptr) return std::nullopt;
    if (!link->stages.contains(key)) {
      link->connection->send(AddStage{key, known->second.lineage,
                                      stage.inputs == nullptr ? MapOutputsList{} : *stage.inputs});
      link->stages.insert(key);
    }
    link->used = true;
    link->connection->send(LaunchTasks{key, queued_tasks(tasks)});
    for (const auto& task : tasks.tasks) link->tasks[task.id] = {key, task.partition, {}};
    return std::nullopt;
  } catch (...) {
    return refused_closure();
  }
}

}  // namespace kindred::cluster
