#include "tests/scheduler/simulation/trace.hpp"

#include <fmt/format.h>

#include "tests/scheduler/simulation/executor.hpp"
#include "tests/scheduler/simulation/random.hpp"

namespace kindred::simulation {
namespace {

using namespace kindred::scheduler;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string text_of(const TaskOutcome& outcome) {
  return std::visit(Overloaded{
                        [](const Done& done) {
                          return fmt::format("done, {} blocks cached", done.cached.size());
                        },
                        [](const Failed& failed) { return "failed: " + failed.error.message; },
                        [](const FetchFailed& failed) {
                          return fmt::format(
                              "could not fetch partition {} of shuffle {} from executor {}: {}",
                              failed.map_partition.value, failed.shuffle.value, failed.from.value,
                              failed.message);
                        },
                        [](const Killed&) { return std::string("killed"); },
                        [](const Lost& lost) { return "lost: " + lost.reason; },
                    },
                    outcome);
}

std::string stage_text(const StageAttempt& stage) {
  return fmt::format("stage {}.{}", stage.stage.value, stage.attempt);
}

// The numbers of an action, in order.
class Digest {
 public:
  explicit Digest(std::uint64_t from) : value_(from) {}

  template <class... Numbers>
  void add(Numbers... numbers) {
    ((value_ = mix(value_, static_cast<std::uint64_t>(numbers))), ...);
  }
  void add_text(const std::string& text) {
    for (const unsigned char letter : text) add(letter);
  }
  std::uint64_t value() const { return value_; }

  void operator()(const LaunchTasks& a) {
    add(a.executor.value, a.stage->stage.value, a.stage->attempt);
    for (const auto& task : a.tasks) add(task.id.value, task.partition.value, task.attempt);
  }
  void operator()(const KillTask& a) { add(a.executor.value, a.task.value); }
  void operator()(const FetchResult& a) { add(a.executor.value, a.task.value); }
  void operator()(const PartitionResult& a) {
    add(a.job.value, a.partition.value, as_value(a.value.bytes));
  }
  void operator()(const JobSucceeded& a) { add(a.job.value); }
  void operator()(const JobFailed& a) {
    add(a.job.value, a.failure.stage, a.failure.partition, a.failure.attempts);
    add_text(a.failure.message);
  }
  void operator()(const JobStopped& a) { add(a.job.value); }
  void operator()(const DropShuffle& a) { add(a.executor.value, a.shuffle.value); }
  void operator()(const DropBlocks& a) { add(a.executor.value, a.rdd.value); }
  void operator()(const Replicate& a) {
    add(a.replica.value, a.block.rdd.value, a.block.partition.value, a.from.value, a.to.value);
  }
  void operator()(const WakeAt& a) { add(a.time.time_since_epoch().count()); }
  void operator()(const StageStarted& a) {
    add(a.stage->stage.value, a.stage->attempt, a.stage->job.value, a.tasks);
    for (const auto& input : *a.stage->inputs) {
      add(input.shuffle.value);
      for (const auto from : input.locations) add(from.value);
    }
  }
  void operator()(const TaskFinished& a) {
    add(a.task.value, a.stage.value, a.attempt, a.executor.value, a.how);
  }
  void operator()(const DataLost& a) {
    add(a.executor.value, a.executor_gone, a.tasks);
    for (const auto& lost : a.lost) add(lost.kind, lost.count);
  }
  void operator()(const StageFinished& a) { add(a.stage.value, a.attempt, a.failed); }
  void operator()(const StageSkipped& a) { add(a.job.value, a.stage.value); }
  void operator()(const AccumulatorsUpdated& a) {
    add(a.job.value);
    for (const auto& update : a.updates) add(update.accumulator.value, as_value(update.bytes));
  }
  void operator()(const DropBroadcast& a) { add(a.broadcast.value); }

 private:
  std::uint64_t value_;
};

}  // namespace

std::uint64_t digest(std::uint64_t from, const Action& action) {
  Digest digest(from);
  digest.add(action.index());
  std::visit(digest, action);
  return digest.value();
}

std::string text(const Event& event) {
  return std::visit(
      Overloaded{
          [](const JobSubmitted& e) {
            return fmt::format("job {} is submitted, {} partitions of {}", e.job.value,
                               e.partitions.size(), e.result->id().value);
          },
          [](const JobCancelled& e) { return fmt::format("job {} is cancelled", e.job.value); },
          [](const StageCancelled& e) {
            return fmt::format("stage {} is cancelled", e.stage.value);
          },
          [](const ExecutorJoined& e) {
            return fmt::format("executor {} joins, {} slots", e.executor.value, e.slots);
          },
          [](const ExecutorGone& e) {
            return fmt::format("executor {} is gone: {}", e.executor.value, e.reason);
          },
          [](const TaskEnded& e) {
            return fmt::format("task {} on executor {}: {}", e.task.value, e.executor.value,
                               text_of(e.outcome));
          },
          [](const BlocksDropped& e) {
            return fmt::format("executor {} dropped partition {} of {}", e.executor.value,
                               e.blocks.front().partition.value, e.blocks.front().rdd.value);
          },
          [](const ReplicaEnded& e) {
            return fmt::format("copy {} to executor {} {}", e.replica.value, e.executor.value,
                               e.stored ? "is there" : "failed");
          },
          [](const RddUnpersisted& e) { return fmt::format("{} is unpersisted", e.rdd.value); },
          [](const ShuffleForgotten& e) {
            return fmt::format("shuffle {} is forgotten", e.shuffle.value);
          },
          [](const TimePassed&) { return std::string("time passed"); },
          [](const BroadcastDropped& e) {
            return fmt::format("broadcast {} is dropped", e.broadcast.value);
          },
          [](const ResultAnnounced& e) {
            return fmt::format("the result of task {} waits on executor {}", e.task.value,
                               e.executor.value);
          },
      },
      event);
}

std::string text(const Action& action) {
  return std::visit(
      Overloaded{
          [](const LaunchTasks& a) {
            auto line =
                fmt::format("launch on executor {} of {}:", a.executor.value, stage_text(*a.stage));
            for (const auto& task : a.tasks) {
              line += fmt::format(" {} (partition {})", task.id.value, task.partition.value);
            }
            return line;
          },
          [](const KillTask& a) {
            return fmt::format("kill task {} on executor {}", a.task.value, a.executor.value);
          },
          [](const FetchResult& a) {
            return fmt::format("read the result of task {} from executor {}", a.task.value,
                               a.executor.value);
          },
          [](const PartitionResult& a) {
            return fmt::format("job {} has partition {}", a.job.value, a.partition.value);
          },
          [](const JobSucceeded& a) { return fmt::format("job {} succeeded", a.job.value); },
          [](const JobFailed& a) {
            return fmt::format("job {} failed: {}", a.job.value, a.failure.message);
          },
          [](const JobStopped& a) { return fmt::format("job {} stopped", a.job.value); },
          [](const DropShuffle& a) {
            return fmt::format("drop shuffle {} on executor {}", a.shuffle.value, a.executor.value);
          },
          [](const DropBlocks& a) {
            return fmt::format("drop blocks of {} on executor {}", a.rdd.value, a.executor.value);
          },
          [](const Replicate& a) {
            return fmt::format("copy {}: partition {} of {} from executor {} to executor {}",
                               a.replica.value, a.block.partition.value, a.block.rdd.value,
                               a.from.value, a.to.value);
          },
          [](const WakeAt& a) {
            const std::chrono::duration<double> time = a.time.time_since_epoch();
            return fmt::format("wake at {:.6f}", time.count());
          },
          [](const StageStarted& a) {
            auto line = fmt::format("{} starts, {} tasks", stage_text(*a.stage), a.tasks);
            for (const auto& input : *a.stage->inputs) {
              line += fmt::format("; shuffle {} from", input.shuffle.value);
              for (const auto from : input.locations) {
                line += from == kNoExecutor ? " nowhere" : fmt::format(" {}", from.value);
              }
            }
            return line;
          },
          [](const TaskFinished& a) { return fmt::format("task {} has ended", a.task.value); },
          [](const DataLost& a) {
            auto line = fmt::format("lost on executor {}:", a.executor.value);
            for (const auto& lost : a.lost) line += fmt::format(" {} of {}", lost.count, lost.op);
            return line;
          },
          [](const StageFinished& a) {
            return fmt::format("stage {}.{} {}", a.stage.value, a.attempt,
                               a.failed ? "is over" : "is done");
          },
          [](const StageSkipped& a) {
            return fmt::format("job {} skips stage {}", a.job.value, a.stage.value);
          },
          [](const AccumulatorsUpdated& a) {
            return fmt::format("job {} is given what {} partitions added", a.job.value,
                               a.updates.size());
          },
          [](const DropBroadcast& a) {
            return fmt::format("drop broadcast {}", a.broadcast.value);
          },
      },
      action);
}

}  // namespace kindred::simulation
