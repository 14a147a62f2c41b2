#include "kindred/engine/task_runner.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/engine/chain.hpp"

namespace kindred {
namespace {

using test::End;

constexpr StageKey kStage{StageId{1}, 0};
constexpr ExecutorId kHere{1};
constexpr ExecutorId kElsewhere{2};
constexpr ShuffleId kShuffle{5};

struct Runner {
  TaskRunner runner;
  explicit Runner(bool values_as_bytes = false)
      : runner(kHere, std::make_shared<MemoryManager>(), nullptr, values_as_bytes) {}

  template <test::Body body>
  void add_stage(StageKey key = kStage, MapOutputsList inputs = {}) {
    const End<body> end(RddId{1}, 10, {});
    runner.add_stage(key, encode_lineage(end, false), std::move(inputs));
  }
  TaskOutcome run(std::uint64_t task, std::uint32_t partition = 0, StageKey key = kStage) {
    return runner.run(key, TaskId{task}, PartitionId{partition}, 3);
  }
};

template <class Outcome>
Outcome as(TaskOutcome outcome) {
  REQUIRE(std::holds_alternative<Outcome>(outcome));
  return std::get<Outcome>(std::move(outcome));
}
std::int64_t number(const Done& done) {
  return *static_cast<const std::int64_t*>(done.value.object.get());
}

// Set by each test that runs tasks which must reach their own runner.
TaskRunner* current_runner = nullptr;
struct Current {
  explicit Current(TaskRunner& runner) { current_runner = &runner; }
  ~Current() { current_runner = nullptr; }
};

std::int64_t tenfold(PartitionId partition, TaskContext& task) {
  task.note_cached({RddId{4}, partition});
  return std::int64_t{partition.value} * 10 + (current_task() == &task ? 1 : 0);
}
std::int64_t throws(PartitionId partition, TaskContext& task) {
  task.note_cached({RddId{4}, partition});
  throw std::out_of_range("row 7");
}
std::int64_t throws_in_op(PartitionId, TaskContext&) {
  try {
    throw std::out_of_range("row 7");
  } catch (...) {
    detail::rethrow_from_op(OpLabel{"map", "", "pi.cpp", 12});
  }
}
std::int64_t throws_number(PartitionId, TaskContext&) { throw 7; }
std::int64_t fetches(PartitionId partition, TaskContext& task) {
  task.note_cached({RddId{4}, partition});
  task.fetch(kShuffle, PartitionId{1}, partition);
  return 0;
}
std::int64_t reads_own(PartitionId, TaskContext& task) {
  task.for_each_output(kShuffle, [](PartitionId, const MapOutputRef&) { return true; });
  return 0;
}
std::int64_t kills_itself(PartitionId partition, TaskContext& task) {
  task.note_cached({RddId{4}, partition});
  current_runner->kill(TaskId{partition.value});
  task.check_stop();
  return 0;
}
std::int64_t kills_another(PartitionId, TaskContext& task) {
  current_runner->kill(TaskId{77});
  task.check_stop();
  return 7;
}
std::int64_t forgets_its_stage(PartitionId, TaskContext&) {
  current_runner->forget_stage(kStage);
  return 7;
}
std::int64_t never_starts(PartitionId, TaskContext&) { throw std::logic_error("it started"); }
std::int64_t attempt_of(PartitionId, TaskContext& task) {
  return static_cast<std::int64_t>(task.stage().value * 100 + task.attempt());
}

}  // namespace

TEST_CASE("a task that ends gives its value, and the blocks that it cached") {
  Runner runner;
  runner.add_stage<tenfold>();
  const auto done = as<Done>(runner.run(1, 4));
  REQUIRE(number(done) == 41);
  REQUIRE(done.value.bytes.empty());
  REQUIRE(done.cached == std::vector{BlockId{RddId{4}, PartitionId{4}}});
  REQUIRE(current_task() == nullptr);
}

TEST_CASE("a task that does not end well lists the blocks that it cached too") {
  Runner runner;
  const Current current(runner.runner);
  runner.add_stage<throws>();
  runner.add_stage<fetches>({StageId{2}, 0}, {{kShuffle, {kHere, kElsewhere}}});
  runner.add_stage<kills_itself>({StageId{3}, 0});
  const std::vector cached{BlockId{RddId{4}, PartitionId{4}}};
  CHECK(as<Failed>(runner.run(4, 4)).cached == cached);
  CHECK(as<FetchFailed>(runner.run(4, 4, {StageId{2}, 0})).cached == cached);
  CHECK(as<Killed>(runner.run(4, 4, {StageId{3}, 0})).cached == cached);
}

TEST_CASE("a value is bytes where it leaves the process") {
  Runner runner(true);
  runner.add_stage<tenfold>();
  const auto done = as<Done>(runner.run(1, 4));
  REQUIRE(done.value.bytes == "41");
  REQUIRE(done.value.object == nullptr);
}

TEST_CASE("a task knows its stage and its attempt") {
  Runner runner;
  runner.add_stage<attempt_of>();
  REQUIRE(number(as<Done>(runner.run(1))) == 103);
}

TEST_CASE("a task that throws fails with text and type, and with the op where it is known") {
  Runner runner;
  runner.add_stage<throws>();
  const auto plain = as<Failed>(runner.run(1)).error;
  REQUIRE(plain.message == "row 7");
  REQUIRE(plain.type == "std::out_of_range");
  REQUIRE(plain.op.empty());
  runner.add_stage<throws_in_op>({StageId{2}, 0});
  const auto named = as<Failed>(runner.run(2, 0, {StageId{2}, 0})).error;
  REQUIRE(named.op == "map at pi.cpp:12");
  REQUIRE(named.type == "std::out_of_range");
  runner.add_stage<throws_number>({StageId{3}, 0});
  REQUIRE(as<Failed>(runner.run(3, 0, {StageId{3}, 0})).error.type == "int");
  REQUIRE(current_task() == nullptr);
}

TEST_CASE("a map output that cannot be had is a failed fetch, not a failure") {
  Runner runner;
  const MapOutputsList inputs{{kShuffle, {kHere, kElsewhere}}};
  runner.add_stage<fetches>(kStage, inputs);
  const auto failed = as<FetchFailed>(runner.run(1));
  REQUIRE(failed.shuffle == kShuffle);
  REQUIRE(failed.map_partition == PartitionId{1});
  REQUIRE(failed.from == kElsewhere);
  runner.add_stage<reads_own>({StageId{2}, 0}, inputs);
  REQUIRE(as<FetchFailed>(runner.run(2, 0, {StageId{2}, 0})).from == kHere);
}

TEST_CASE("a task that is killed before its start does not start") {
  Runner runner;
  runner.add_stage<never_starts>();
  runner.runner.kill(TaskId{1});
  REQUIRE_THAT(as<Killed>(runner.run(1)).reason, test::contains_text("before it started"));
  // The kill was for one task, and is used up.
  REQUIRE(as<Failed>(runner.run(2)).error.message == "it started");
  REQUIRE(as<Failed>(runner.run(1)).error.message == "it started");
}

TEST_CASE("a task that is killed while it runs ends at its next check, others go on") {
  Runner runner;
  const Current current(runner.runner);
  runner.add_stage<kills_itself>();
  REQUIRE(as<Killed>(runner.run(4, 4)).reason == "the driver ended the task");
  runner.add_stage<kills_another>({StageId{2}, 0});
  REQUIRE(number(as<Done>(runner.run(5, 0, {StageId{2}, 0}))) == 7);
}

TEST_CASE("a kill that comes while the stage is decoded is not lost") {
  using Stage = End<never_starts>;
  Runner runner;
  const Current current(runner.runner);
  runner.add_stage<never_starts>();
  Stage::while_decoding = [] { current_runner->kill(TaskId{1}); };
  const auto outcome = runner.run(1);
  Stage::while_decoding = nullptr;
  as<Killed>(outcome);
}

TEST_CASE("a task of a stage that is not known, or was forgotten, is killed") {
  Runner runner;
  REQUIRE_THAT(as<Killed>(runner.run(1)).reason, test::contains_text("the stage had ended"));
  runner.add_stage<tenfold>();
  as<Killed>(runner.run(1, 0, {StageId{1}, 1}));
  runner.runner.forget_stage({StageId{1}, 1});
  as<Done>(runner.run(1));
  runner.runner.forget_stage(kStage);
  as<Killed>(runner.run(1));
}

TEST_CASE("a task whose stage is forgotten while it runs ends as usual") {
  Runner runner;
  const Current current(runner.runner);
  runner.add_stage<forgets_its_stage>();
  REQUIRE(number(as<Done>(runner.run(1))) == 7);
}

TEST_CASE("a lineage that does not decode fails each of its tasks") {
  Runner runner;
  runner.runner.add_stage(kStage, {"nonsense", {}}, {});
  for (const std::uint64_t task : {1, 2, 3}) {
    REQUIRE(as<Failed>(runner.run(task)).error.type == "kindred::DecodeError");
  }
}

TEST_CASE("threads run tasks of one stage at once, and it is decoded once") {
  using Stage = End<tenfold>;
  Runner runner;
  runner.add_stage<tenfold>();
  Stage::decoded = 0;
  std::atomic<std::int64_t> sum = 0;
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 100; ++i) {
        const auto outcome = runner.run(t * 100 + i, t * 100 + i);
        if (const auto* done = std::get_if<Done>(&outcome)) sum += number(*done);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(sum == 400 * 399 / 2 * 10 + 400);
  REQUIRE(Stage::decoded == 1);
}

TEST_CASE("stages and kills come and go while threads run tasks") {
  Runner runner;
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 100; ++i) {
        const StageKey key{StageId{t}, i};
        runner.add_stage<tenfold>(key);
        if (i % 3 == 0) runner.runner.kill(TaskId{t * 100 + i});
        const auto outcome = runner.run(t * 100 + i, i, key);
        ended += std::holds_alternative<Killed>(outcome) == (i % 3 == 0);
        runner.runner.forget_stage(key);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(ended == 400);
}

}  // namespace kindred
