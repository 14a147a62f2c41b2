// Drivers with executor processes, for tests that let them hang, crash and die.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/task_context.hpp"
#include "tests/cluster/stages.hpp"

namespace kindred::test {

/// Options under which a hung executor is noticed soon enough for a test.
inline cluster::ProcessesOptions impatient(std::uint32_t executors, std::uint32_t cores = 1) {
  cluster::ProcessesOptions options;
  options.executors = executors;
  options.cores = cores;
  options.heartbeat_interval = std::chrono::milliseconds(25);
  options.heartbeat_timeout = std::chrono::milliseconds(500);
  return options;
}

inline std::unique_ptr<cluster::Processes> processes(const cluster::ProcessesOptions& options) {
  return std::make_unique<cluster::Processes>(options);
}

inline std::unique_ptr<cluster::Processes> processes(std::uint32_t executors,
                                                     std::uint32_t cores = 1) {
  cluster::ProcessesOptions options;
  options.executors = executors;
  options.cores = cores;
  return processes(options);
}

/// As a Context has it for processes.
inline scheduler::SchedulerOptions four_failures() {
  scheduler::SchedulerOptions options;
  options.max_task_failures = 4;
  return options;
}

/// True on the executor that was started first, and on none that came in the place of another.
inline bool first_executor(TaskContext& task) { return task.stores().self == ExecutorId{0}; }

/// The text of the error with which the job of `stage` ends.
inline std::string failure_of(cluster::Driver& driver, const std::shared_ptr<const StageEnd>& stage,
                              std::uint32_t partitions) {
  try {
    driver.run(stage, all_partitions(partitions));
  } catch (const Error& error) {
    return error.what();
  }
  return "no failure";
}

}  // namespace kindred::test
