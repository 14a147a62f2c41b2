// SCHED: the scheduler's own time for a task, with no executor but its table: 1,000,000 tasks on
// 10,000 executors of two slots each.
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/engine/node.hpp"
#include "kindred/scheduler/scheduler.hpp"

#include "measure.hpp"
#include "workload.hpp"

namespace bench {

namespace {

using namespace kindred;

constexpr std::uint64_t kTasks = 1'000'000;
constexpr std::uint64_t kExecutors = 10'000;
constexpr std::uint32_t kSlots = 2;

class EmptyNode final : public Node {
 public:
  using Node::Node;

 private:
  const void* factory() const override { return nullptr; }
  void encode(LineageWriter&) const override {}
};

class EmptyEnd final : public StageEnd {
 public:
  using StageEnd::StageEnd;
  Output run(PartitionId, TaskContext&) const override { return {}; }
  std::string encode_value(const void*) const override { return {}; }
  std::shared_ptr<const void> decode_value(std::string_view) const override { return nullptr; }

 private:
  const void* factory() const override { return nullptr; }
  void encode(LineageWriter&) const override {}
};

NodeRef node(std::uint64_t id, NodeKind kind, std::uint32_t partitions,
             std::vector<NodeRef> parents) {
  return NodeRef(
      std::make_shared<EmptyNode>(RddId{id}, kind, partitions, std::move(parents), OpLabels{}));
}
std::shared_ptr<EmptyEnd> end(std::uint64_t id, NodeKind kind, const NodeRef& parent) {
  return std::make_shared<EmptyEnd>(RddId{id}, kind, parent->partitions(), std::vector{parent},
                                    OpLabels{});
}

// Ends each task in the order of the launches.
class Executors {
 public:
  explicit Executors(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) join();
  }

  std::uint64_t fail_each = 0;  // a task, where not 0
  std::uint64_t lose_each = 0;  // an executor, where not 0
  std::optional<RddId> caches;  // what each task puts into the cache
  std::uint64_t given = 0;      // results

  void run(std::uint64_t job, std::shared_ptr<const StageEnd> result) {
    std::vector<PartitionId> partitions;
    for (std::uint32_t p = 0; p < result->partitions(); ++p) partitions.push_back(PartitionId{p});
    send(scheduler::JobSubmitted{JobId{job}, std::move(result), std::move(partitions)});
    while (!running_.empty()) {
      const auto task = running_.front();
      running_.pop_front();
      ++ended_;
      if (lose_each != 0 && ended_ % lose_each == 0) {
        send(scheduler::ExecutorGone{task.executor, "lost"});
        join();
      } else if (fail_each != 0 && ended_ % fail_each == 0) {
        send(scheduler::TaskEnded{task.id, task.executor, Failed{{"", "", "", true}}});
      } else {
        Done done;
        if (caches) done.cached.push_back({*caches, task.partition});
        send(scheduler::TaskEnded{task.id, task.executor, std::move(done)});
      }
    }
  }

 private:
  struct Running {
    TaskId id;
    ExecutorId executor;
    PartitionId partition;
  };

  void join() {
    send(
        scheduler::ExecutorJoined{ExecutorId{next_++}, kSlots, "host" + std::to_string(next_ / 8)});
  }
  void send(scheduler::Event event) {
    for (auto& action : scheduler_.on({}, std::move(event))) {
      if (const auto* launch = std::get_if<scheduler::LaunchTasks>(&action)) {
        for (const auto& task : launch->tasks) {
          running_.push_back({task.id, launch->executor, task.partition});
        }
      } else if (std::holds_alternative<scheduler::PartitionResult>(action)) {
        ++given;
      }
    }
  }

  scheduler::Scheduler scheduler_{{.max_task_failures = 4}};
  std::deque<Running> running_;
  std::uint64_t next_ = 0;
  std::uint64_t ended_ = 0;
};

// The time for each of `tasks`, of which `results` give one.
template <class Run>
Side timed(std::uint64_t tasks, Run run) {
  return {.run = [tasks, run] {
    Executors executors(kExecutors);
    const Stopwatch watch;
    run(executors, static_cast<std::uint32_t>(tasks));
    const auto seconds = watch.seconds();
    return Outcome(executors.given, seconds / static_cast<double>(tasks));
  }};
}

Side narrow(const Setup& setup) {
  return timed(setup.size(kTasks), [](Executors& executors, std::uint32_t tasks) {
    executors.run(1, end(2, NodeKind::result, node(1, NodeKind::rdd, tasks, {})));
  });
}

Side shuffle(const Setup& setup) {
  return timed(setup.size(kTasks), [](Executors& executors, std::uint32_t tasks) {
    const NodeRef writer(end(2, NodeKind::shuffle_writer, node(1, NodeKind::rdd, tasks / 2, {})));
    executors.run(1, end(4, NodeKind::result, node(3, NodeKind::rdd, tasks / 2, {writer})));
  });
}

Side cached(const Setup& setup) {
  return timed(setup.size(kTasks), [](Executors& executors, std::uint32_t tasks) {
    const auto kept =
        node(2, NodeKind::persisted, tasks / 2, {node(1, NodeKind::rdd, tasks / 2, {})});
    executors.caches = kept->id();
    executors.run(1, end(3, NodeKind::result, kept));
    executors.run(2, end(4, NodeKind::result, kept));
  });
}

Side faults(const Setup& setup) {
  return timed(setup.size(kTasks), [](Executors& executors, std::uint32_t tasks) {
    executors.fail_each = 100;
    executors.lose_each = 10'000;
    const NodeRef writer(end(2, NodeKind::shuffle_writer, node(1, NodeKind::rdd, tasks / 2, {})));
    executors.run(1, end(4, NodeKind::result, node(3, NodeKind::rdd, tasks / 2, {writer})));
  });
}

constexpr double kTarget = 5e-6;

const Registered sched_tasks{
    {.name = "SCHED-tasks",
     .title = "scheduling alone, 1,000,000 tasks on 10,000 executors: a task",
     .target_seconds = kTarget,
     .engine = narrow}};
const Registered sched_shuffle{{.name = "SCHED-shuffle",
                                .title = "the same, half of them maps and half reducers",
                                .target_seconds = kTarget,
                                .engine = shuffle}};
const Registered sched_cached{{.name = "SCHED-cached",
                               .title = "the same, half of them where their cached block is",
                               .target_seconds = kTarget,
                               .engine = cached}};
const Registered sched_faults{
    {.name = "SCHED-faults",
     .title = "maps and reducers; 1 task in 100 fails, 1 in 10,000 is lost",
     .target_seconds = kTarget,
     .engine = faults}};

}  // namespace

}  // namespace bench
