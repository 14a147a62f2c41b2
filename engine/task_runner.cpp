#include "kindred/engine/task_runner.hpp"

#include <exception>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred {

TaskRunner::TaskRunner(ExecutorId self, MemoryRef memory, std::shared_ptr<RemoteBlocks> remote,
                       bool values_as_bytes)
    : values_as_bytes_(values_as_bytes) {
  stores_.self = self;
  stores_.memory = std::move(memory);
  stores_.remote = std::move(remote);
}

void TaskRunner::add_stage(StageKey key, EncodedLineage lineage, MapOutputsList inputs) {
  auto stage = std::make_shared<Stage>();
  stage->lineage = std::move(lineage);
  stage->inputs = std::move(inputs);
  const std::lock_guard lock(mutex_);
  stages_.insert_or_assign(key, std::move(stage));
}

void TaskRunner::forget_stage(StageKey key) {
  std::shared_ptr<Stage> forgotten;  // destroyed after the lock is given back
  const std::lock_guard lock(mutex_);
  const auto found = stages_.find(key);
  if (found == stages_.end()) return;
  forgotten = std::move(found->second);
  stages_.erase(found);
}

void TaskRunner::kill(TaskId task) {
  const std::lock_guard lock(mutex_);
  if (const auto found = running_.find(task); found != running_.end()) {
    found->second->request_stop();
  } else {
    killed_before_start_.insert(task);
  }
}

TaskOutcome TaskRunner::run(StageKey key, TaskId task, PartitionId partition,
                            std::uint32_t attempt) noexcept {
  std::shared_ptr<Stage> stage;
  {
    const std::lock_guard lock(mutex_);
    if (killed_before_start_.erase(task) > 0)
      return Killed{"the driver ended the task before it started"};
    const auto found = stages_.find(key);
    if (found == stages_.end()) return Killed{"the stage had ended before the task started"};
    stage = found->second;
  }
  try {
    return run_in(*stage, key, task, partition, attempt);
  } catch (const detail::TaskFailure& failure) {
    return Failed{failure.error};
  } catch (const detail::FetchFailure& failure) {
    return failure.outcome;
  } catch (const detail::TaskKilled& killed) {
    return Killed{killed.reason};
  } catch (...) {
    return Failed{detail::current_exception_as_error()};
  }
}

TaskOutcome TaskRunner::run_in(Stage& stage, StageKey key, TaskId task, PartitionId partition,
                               std::uint32_t attempt) {
  std::call_once(stage.decoded, [&] {
    stage.end = decode_lineage(stage.lineage);
    stage.lineage = {};
  });
  TaskContext context(stores_, stage.inputs, key.stage, partition, attempt);
  struct Running {
    TaskRunner& runner;
    TaskId id;
    Running(TaskRunner& r, TaskId t, TaskContext& c) : runner(r), id(t) {
      const std::lock_guard lock(runner.mutex_);
      runner.running_.emplace(id, &c);
      // Asked for while the stage was being decoded.
      if (runner.killed_before_start_.erase(id) > 0) c.request_stop();
    }
    ~Running() {
      const std::lock_guard lock(runner.mutex_);
      runner.running_.erase(id);
    }
  } const running(*this, task, context);
  const detail::CurrentTask current(context);
  return done(stage, partition, context);
}

Done TaskRunner::done(const Stage& stage, PartitionId partition, TaskContext& context) const {
  auto output = stage.end->run(partition, context);
  Done done;
  if (stage.end->kind() == NodeKind::result) {
    if (values_as_bytes_) {
      done.value.bytes = stage.end->encode_value(output.value.get());
    } else {
      done.value.object = std::move(output.value);
    }
  }
  done.cached = context.take_cached();
  done.bucket_bytes = std::move(output.bucket_bytes);
  return done;
}

}  // namespace kindred
