// What both backends make of a LaunchTasks.
#pragma once

#include <vector>

#include "kindred/cluster/task_threads.hpp"
#include "kindred/engine/task.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::cluster {

/// The tasks as an executor queues them.
std::vector<QueuedTask> queued_tasks(const scheduler::LaunchTasks& launch);

/// The current exception as the error of a stage that could not be written down; another attempt
/// would end the same way. Call it inside a catch block only.
TaskError refused_closure();

}  // namespace kindred::cluster
