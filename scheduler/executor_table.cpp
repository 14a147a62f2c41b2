#include "kindred/scheduler/executor_table.hpp"

#include <algorithm>
#include <utility>

namespace kindred::scheduler {

Executor* ExecutorTable::add(ExecutorId id, std::uint32_t slots, std::string host) {
  auto& place = executors_[id];
  if (place != nullptr) return nullptr;
  place = std::make_unique<Executor>();
  place->id = id;
  place->slots = slots;
  place->host = std::move(host);
  if (slots > 0) {
    free_.insert(place.get());
    freed_.push_back(id);
  }
  names_[std::to_string(id.value)].push_back(id);
  if (!place->host.empty()) names_[place->host].push_back(id);
  return place.get();
}

Executor* ExecutorTable::find(ExecutorId id) {
  const auto found = executors_.find(id);
  return found == executors_.end() ? nullptr : found->second.get();
}

void ExecutorTable::remove(Executor& executor) {
  free_.erase(&executor);
  const auto id = executor.id;
  for (const auto& name : {std::to_string(id.value), executor.host}) {
    const auto named = names_.find(name);
    if (named == names_.end()) continue;
    std::erase(named->second, id);
    if (named->second.empty()) names_.erase(named);
  }
  executors_.erase(id);
}

std::vector<ExecutorId> ExecutorTable::named(const std::vector<std::string>& names) const {
  std::vector<ExecutorId> executors;
  for (const auto& name : names) {
    const auto named = names_.find(name);
    if (named == names_.end()) continue;
    for (const auto id : named->second) {
      if (std::find(executors.begin(), executors.end(), id) == executors.end()) {
        executors.push_back(id);
      }
    }
  }
  return executors;
}

Executor* ExecutorTable::least_loaded_beside(const std::vector<ExecutorId>& others) const {
  for (auto* executor : free_) {
    if (!std::binary_search(others.begin(), others.end(), executor->id)) return executor;
  }
  return nullptr;
}

// Its place in the order depends on what changes here: it must be out of the set meanwhile.
std::size_t ExecutorTable::occupy(Executor& executor, TaskId task) {
  auto place = free_.extract(&executor);
  executor.running.push_back(task);
  if (executor.has_slot()) free_.insert(std::move(place));
  return executor.running.size() - 1;
}

void ExecutorTable::release(Executor& executor, std::size_t index) {
  auto place = free_.extract(&executor);
  executor.running[index] = executor.running.back();
  executor.running.pop_back();
  if (place.empty()) {
    free_.insert(&executor);
  } else {
    free_.insert(std::move(place));
  }
  freed_.push_back(executor.id);
}

}  // namespace kindred::scheduler
