#include "kindred/cluster/queued_tasks.hpp"

#include "kindred/engine/task_failure.hpp"

namespace kindred::cluster {

std::vector<QueuedTask> queued_tasks(const scheduler::LaunchTasks& launch) {
  std::vector<QueuedTask> tasks;
  tasks.reserve(launch.tasks.size());
  for (const auto& task : launch.tasks) tasks.push_back({task.id, task.partition, task.attempt});
  return tasks;
}

TaskError refused_closure() {
  auto error = detail::current_exception_as_error();
  error.retriable = false;
  return error;
}

}  // namespace kindred::cluster
