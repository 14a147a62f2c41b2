#include "kindred/engine/task_runner.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred {

TaskRunner::TaskRunner(ExecutorId self, MemoryRef memory, std::shared_ptr<RemoteBlocks> remote,
                       bool values_as_bytes, const StorageOptions& storage)
    : values_as_bytes_(values_as_bytes) {
  stores_.self = self;
  stores_.memory = std::move(memory);
  stores_.remote = std::move(remote);
  stores_.disk = local_disk(storage.local_dir);
  stores_.shuffle_storage = storage.shuffle;
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
  std::optional<TaskContext> context;
  {
    const std::lock_guard lock(mutex_);
    if (killed_before_start_.erase(task) > 0)
      return Killed{"the driver ended the task before it started"};
    const auto found = stages_.find(key);
    if (found == stages_.end()) return Killed{"the stage had ended before the task started"};
    stage = found->second;
    context.emplace(stores_, stage->inputs, key.stage, partition, attempt);
    running_.emplace(task, &*context);
  }
  const auto started = std::chrono::steady_clock::now();
  auto outcome = run_in(*stage, *context);
  cached_of(outcome) = context->take_cached();
  if (auto* done = std::get_if<Done>(&outcome)) {
    done->run_time = std::chrono::steady_clock::now() - started;
  }
  const std::lock_guard lock(mutex_);
  running_.erase(task);
  return outcome;
}

TaskOutcome TaskRunner::run_in(Stage& stage, TaskContext& context) const {
  try {
    const auto end = stage.decoded();
    context.check_stop();
    const detail::CurrentTask current(context);
    return done(*end, context);
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

// Not std::call_once: the sanitizers' versions hang once a first call has thrown.
std::shared_ptr<const StageEnd> TaskRunner::Stage::decoded() {
  const std::lock_guard lock(mutex);
  if (end == nullptr) {
    end = decode_lineage(lineage);
    lineage = {};
  }
  return end;
}

Done TaskRunner::done(const StageEnd& end, TaskContext& context) const {
  auto output = end.run(context.partition(), context);
  Done done;
  if (end.kind() == NodeKind::result) {
    if (values_as_bytes_) {
      done.value.bytes = end.encode_value(output.value.get());
    } else {
      done.value.object_bytes = end.value_bytes(output.value.get());
      done.value.object = std::move(output.value);
    }
  }
  done.bucket_bytes = std::move(output.bucket_bytes);
  done.updates = context.accumulators().encode();
  return done;
}

}  // namespace kindred
