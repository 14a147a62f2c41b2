// A backend that does what the scheduler asks when the test says so, and knows what really lies on
// each executor.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/scheduler/scheduler.hpp"
#include "tests/catch.hpp"
#include "tests/scheduler/fake_lineage.hpp"

namespace kindred::test {

using namespace kindred::scheduler;

/// A task that was launched and whose end was not reported yet.
struct Launched {
  TaskId id;
  ExecutorId executor;
  PartitionId partition;
  std::uint32_t attempt = 0;
  std::shared_ptr<const StageAttempt> stage;
  bool killed = false;

  bool is_map() const { return stage->end->kind() == NodeKind::shuffle_writer; }
};

/// Feeds the scheduler and checks what must hold of any run: slots, one StageFinished for each
/// StageStarted, each result once, nothing of a job after its last action.
class FakeCluster {
 public:
  using Output = std::pair<ShuffleId, PartitionId>;
  struct Contents {
    std::uint32_t slots = 1;
    std::set<Output> outputs;
    std::set<BlockId> blocks;
  };

  explicit FakeCluster(SchedulerOptions options = {}) : scheduler(options) {}

  Scheduler scheduler;
  std::vector<Launched> running;                 // in the order of their launch
  std::map<ExecutorId, Contents> executors;      // those that live
  std::vector<Action> log;                       // all actions so far
  std::vector<std::size_t> batches;              // tasks in each LaunchTasks
  std::vector<Replicate> copying;                // copies that were asked for, and have not ended
  std::map<Output, int> computed;                // successful runs of each map task
  std::map<JobId, std::set<PartitionId>> given;  // results
  std::map<JobId, Action> ended;                 // each job's last action

  TimePoint now{};
  std::optional<TimePoint> wake_at;  // the last WakeAt

  /// Lets time pass until the scheduler wants to be woken, and wakes it.
  void wake() {
    now = wake_at.value();
    wake_at.reset();
    send(TimePassed{});
  }
  void send(Event event) {
    for (auto& action : scheduler.on(now, std::move(event))) {
      std::visit([this](const auto& asked) { perform(asked); }, action);
      log.push_back(std::move(action));
    }
  }

  void join(std::uint64_t id, std::uint32_t slots = 1, std::string host = {}) {
    executors[ExecutorId{id}].slots = slots;
    send(ExecutorJoined{ExecutorId{id}, slots, std::move(host)});
  }
  /// The executor dies and the scheduler is told at once.
  void lose(std::uint64_t id) {
    executors.erase(ExecutorId{id});
    std::erase_if(running, [&](const Launched& task) { return task.executor.value == id; });
    std::erase_if(copying, [&](const Replicate& copy) { return copy.to.value == id; });
    send(ExecutorGone{ExecutorId{id}, "killed by the test"});
  }
  void submit(std::uint64_t job, const std::shared_ptr<const StageEnd>& result) {
    std::vector<PartitionId> partitions;
    for (std::uint32_t p = 0; p < result->partitions(); ++p) partitions.push_back(PartitionId{p});
    send(JobSubmitted{JobId{job}, result, std::move(partitions)});
  }
  void cancel(std::uint64_t job) { send(JobCancelled{JobId{job}, "no longer wanted"}); }

  /// Reports an end of the i-th running task.
  void end(std::size_t i, TaskOutcome outcome) {
    const auto task = running.at(i);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    send(TaskEnded{task.id, task.executor, std::move(outcome)});
  }
  /// The i-th running task ran to its end, and its result waits.
  void announce(std::size_t i, std::uint64_t bytes) {
    send(ResultAnnounced{running.at(i).id, running.at(i).executor, bytes});
  }
  void fail(std::size_t i, bool retriable = true) {
    end(i, Failed{{"bad row", "std::runtime_error", "map at pi.cpp:12", retriable}});
  }
  /// Lets the i-th running task do its work, and reports how that ended.
  void run(std::size_t i) { end(i, work(running.at(i))); }
  /// Runs all that is launched, and what follows from it, in the order of the launches.
  void run_all() {
    while (!running.empty()) run(0);
  }

  /// Lets the i-th copy be made, if the block is where it is to come from, and reports that.
  void copy(std::size_t i) {
    const auto wanted = copying.at(i);
    const auto from = executors.find(wanted.from);
    const bool there = from != executors.end() && from->second.blocks.contains(wanted.block);
    if (there) executors.at(wanted.to).blocks.insert(wanted.block);
    end_copy(i, there);
  }
  void end_copy(std::size_t i, bool stored) {
    const auto copy = copying.at(i);
    copying.erase(copying.begin() + static_cast<std::ptrdiff_t>(i));
    send(ReplicaEnded{copy.replica, copy.to, stored});
  }
  void copy_all() {
    while (!copying.empty()) copy(0);
  }
  /// The executors that have the block.
  std::set<std::uint64_t> holders(BlockId block) const {
    std::set<std::uint64_t> found;
    for (const auto& [id, executor] : executors) {
      if (executor.blocks.contains(block)) found.insert(id.value);
    }
    return found;
  }

  /// What the task does on its executor as things are: it needs each input to be where it was told.
  TaskOutcome work(const Launched& task) {
    if (task.killed) return Killed{"asked"};
    auto& mine = executors.at(task.executor);
    Done done;
    std::set<std::pair<const Node*, PartitionId>> seen;
    std::vector<std::pair<const Node*, PartitionId>> open{{task.stage->end.get(), task.partition}};
    while (!open.empty()) {
      const auto [node, partition] = open.back();
      open.pop_back();
      if (!seen.insert({node, partition}).second) continue;
      const BlockId block{node->id(), partition};
      if (node->kind() == NodeKind::persisted) {
        if (mine.blocks.contains(block)) continue;
        done.cached.push_back(block);
      }
      for (const auto& parent : node->parents()) {
        if (parent->kind() != NodeKind::shuffle_writer) continue;
        if (auto failure = fetch(*task.stage, *parent)) return *failure;
      }
      for (const auto& [parent, above] : node->narrow_parents(partition)) {
        open.emplace_back(node->parents()[parent].get(), above);
      }
    }
    mine.blocks.insert(done.cached.begin(), done.cached.end());
    if (task.is_map()) {
      const Output output{task.stage->end->shuffle(), task.partition};
      mine.outputs.insert(output);
      ++computed[output];
    }
    return done;
  }

  template <class A>
  std::vector<A> all() const {
    std::vector<A> found;
    for (const auto& action : log) {
      if (const auto* one = std::get_if<A>(&action)) found.push_back(*one);
    }
    return found;
  }
  template <class A>
  bool ended_with(std::uint64_t job) const {
    const auto found = ended.find(JobId{job});
    return found != ended.end() && std::holds_alternative<A>(found->second);
  }
  const JobFailure& failure(std::uint64_t job) const {
    return std::get<JobFailed>(ended.at(JobId{job})).failure;
  }
  /// Tasks that were launched so far.
  std::size_t launched() const {
    std::size_t sum = 0;
    for (const auto tasks : batches) sum += tasks;
    return sum;
  }
  int computed_in(const NodeRef& writer) const {
    int sum = 0;
    for (const auto& [output, times] : computed) {
      if (output.first == writer->shuffle()) sum += times;
    }
    return sum;
  }
  /// Every attempt that was started is over.
  bool all_finished() const { return open_attempts_.empty() && unreported_.empty(); }

 private:
  std::optional<FetchFailed> fetch(const StageAttempt& stage, const Node& writer) const {
    const auto shuffle = writer.shuffle();
    const auto inputs = std::find_if(stage.inputs->begin(), stage.inputs->end(),
                                     [&](const auto& i) { return i.shuffle == shuffle; });
    REQUIRE(inputs != stage.inputs->end());
    REQUIRE(inputs->locations.size() == writer.partitions());
    for (std::uint32_t map = 0; map < writer.partitions(); ++map) {
      const auto from = inputs->locations[map];
      const auto holder = executors.find(from);
      if (holder == executors.end() ||
          !holder->second.outputs.contains({shuffle, PartitionId{map}})) {
        return FetchFailed{shuffle, PartitionId{map}, from, "it is not there"};
      }
    }
    return std::nullopt;
  }

  void perform(const LaunchTasks& asked) {
    REQUIRE(!asked.tasks.empty());
    REQUIRE(open_attempts_.contains({asked.stage->stage, asked.stage->attempt}));
    batches.push_back(asked.tasks.size());
    for (const auto& task : asked.tasks) {
      running.push_back({task.id, asked.executor, task.partition, task.attempt, asked.stage});
      REQUIRE(
          unreported_.emplace(task.id, std::pair(asked.stage->stage, asked.stage->attempt)).second);
    }
    const auto executor = executors.find(asked.executor);
    if (executor == executors.end()) return;  // dead, but the scheduler does not know it yet
    const auto busy = std::count_if(running.begin(), running.end(), [&](const Launched& task) {
      return task.executor == asked.executor;
    });
    REQUIRE(static_cast<std::size_t>(busy) <= executor->second.slots);
  }
  void perform(const KillTask& asked) {
    for (auto& task : running) task.killed |= task.id == asked.task;
  }
  void perform(const FetchResult& asked) {
    const auto waits = std::find_if(running.begin(), running.end(), [&](const Launched& task) {
      return task.id == asked.task && task.executor == asked.executor;
    });
    REQUIRE(waits != running.end());
  }
  void perform(const PartitionResult& asked) {
    REQUIRE(!ended.contains(asked.job));
    REQUIRE(given[asked.job].insert(asked.partition).second);
  }
  void perform(const JobSucceeded& asked) { end_job(asked.job, asked); }
  void perform(const JobFailed& asked) { end_job(asked.job, asked); }
  void perform(const JobStopped& asked) { end_job(asked.job, asked); }
  void perform(const DropShuffle& asked) {
    const auto executor = executors.find(asked.executor);
    if (executor == executors.end()) return;
    std::erase_if(executor->second.outputs,
                  [&](const Output& output) { return output.first == asked.shuffle; });
  }
  void perform(const Replicate& asked) {
    REQUIRE(executors.contains(asked.from));
    REQUIRE(executors.contains(asked.to));
    REQUIRE(asked.from != asked.to);
    REQUIRE(!executors.at(asked.to).blocks.contains(asked.block));
    copying.push_back(asked);
  }
  void perform(const DropBlocks& asked) {
    std::erase_if(copying, [&](const Replicate& copy) {
      return copy.to == asked.executor && copy.block.rdd == asked.rdd;
    });
    const auto executor = executors.find(asked.executor);
    if (executor == executors.end()) return;
    std::erase_if(executor->second.blocks,
                  [&](const BlockId& block) { return block.rdd == asked.rdd; });
  }
  void perform(const StageStarted& asked) {
    REQUIRE(seen_attempts_.insert({asked.stage->stage, asked.stage->attempt}).second);
    open_attempts_.insert({asked.stage->stage, asked.stage->attempt});
  }
  void perform(const TaskFinished& asked) {
    const auto task = unreported_.find(asked.task);
    REQUIRE(task != unreported_.end());
    REQUIRE(task->second == std::pair(asked.stage, asked.attempt));
    REQUIRE(open_attempts_.contains(task->second));
    unreported_.erase(task);
  }
  void perform(const StageFinished& asked) {
    for (const auto& [task, attempt] : unreported_) {
      REQUIRE(attempt != std::pair(asked.stage, asked.attempt));
    }
    REQUIRE(open_attempts_.erase({asked.stage, asked.attempt}) == 1);
  }
  void perform(const DataLost&) {}
  void perform(const AccumulatorsUpdated& asked) { REQUIRE(!ended.contains(asked.job)); }
  void perform(const DropBroadcast&) {}
  void perform(const StageSkipped&) {}
  void perform(const WakeAt& asked) { wake_at = asked.time; }
  void end_job(JobId job, Action action) { REQUIRE(ended.emplace(job, std::move(action)).second); }

  std::map<TaskId, std::pair<StageId, std::uint32_t>> unreported_;  // launched, without their end
  std::set<std::pair<StageId, std::uint32_t>> open_attempts_;
  std::set<std::pair<StageId, std::uint32_t>> seen_attempts_;
};

/// A map output that could not be fetched.
inline FetchFailed gone(const NodeRef& writer, std::uint32_t map, std::uint64_t from) {
  return {writer->shuffle(), PartitionId{map}, ExecutorId{from}, "connection refused"};
}

}  // namespace kindred::test
