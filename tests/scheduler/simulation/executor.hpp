// A simulated executor: what lies on it, and what its tasks come to.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "kindred/scheduler/event.hpp"
#include "tests/scheduler/simulation/program.hpp"
#include "tests/scheduler/simulation/values.hpp"

namespace kindred::simulation {

struct Work {
  TaskId id;
  PartitionId partition;
  std::shared_ptr<const scheduler::StageAttempt> stage;
};

/// As cluster/executor.cpp with its task threads: some tasks run, the others that it was given wait
/// in the order in which they came.
struct Executor {
  using Output = std::pair<ShuffleId, PartitionId>;

  ExecutorId id;
  std::uint32_t cores = 1;
  std::uint32_t slots = 1;
  bool alive = true;
  Time frozen_until = 0;  ///< until then it answers nothing, not even other executors
  Time link_clear = 0;    ///< when the last message that was sent to it arrives: they keep order
  std::deque<Work> waiting;
  std::map<TaskId, Work> running;
  std::set<TaskId> killed;
  std::map<Output, Value> outputs;
  std::map<BlockId, Value> blocks;
  std::map<ReplicaId, scheduler::Replicate> copying;  ///< to here; in their order
  std::map<TaskId, Done> results;                     ///< that wait to be read

  bool answers(Time now) const { return alive && now >= frozen_until; }
};
using Executors = std::vector<std::unique_ptr<Executor>>;

/// Thrown by a task that takes its executor down.
struct Crash {};

/// Runs one task on `self` as things are at `now`: it needs each input to be where it was told.
class TaskWork final : public Evaluation {
 public:
  TaskWork(const Program& program, const Executors& executors, Executor& self, Time now)
      : program_(program), executors_(executors), self_(self), now_(now) {}

  TaskOutcome run(const Work& work);

 private:
  std::optional<Value> cached(const Node& node, PartitionId partition) override;
  Value output(const Node& writer, PartitionId map) override;
  void compute(const Node& node, PartitionId partition) override;
  void computed(const Node& node, PartitionId partition, Value value) override;

  const Program& program_;
  const Executors& executors_;
  Executor& self_;
  Time now_;
  const Work* work_ = nullptr;
  Done done_;
};

/// The result that travels as `value`, and back.
std::string as_bytes(Value value);
Value as_value(const std::string& bytes);

}  // namespace kindred::simulation
