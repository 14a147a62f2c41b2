#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

// Eight maps on two executors, four reducers that run two at a time.
struct Reduce {
  explicit Reduce(SchedulerOptions options = {}) : cluster(options) {
    cluster.join(1, 1);
    cluster.join(2, 1);
    cluster.submit(1, lineage.result(lineage.read({writer}, 4)));
    while (cluster.running.at(0).is_map()) cluster.run(0);
  }

  Lineage lineage;
  NodeRef writer = lineage.write(lineage.source(8));
  FakeCluster cluster;

  // The files of an executor go, while it lives and nobody knows.
  void lose_files(std::uint64_t executor) {
    cluster.executors.at(ExecutorId{executor}).outputs.clear();
  }
};

}  // namespace

TEST_CASE("a failure to fetch recomputes exactly the lost map output and the missing results") {
  Reduce run;
  auto& cluster = run.cluster;
  cluster.run(0);
  REQUIRE(cluster.given[JobId{1}].size() == 1);
  cluster.executors.at(ExecutorId{1}).outputs.erase({run.writer->shuffle(), PartitionId{0}});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  for (std::uint32_t map = 0; map < 8; ++map) {
    const auto times = cluster.computed[{run.writer->shuffle(), PartitionId{map}}];
    REQUIRE(times == (map == 0 ? 2 : 1));
  }
  const auto started = cluster.all<StageStarted>();
  REQUIRE(started.size() == 4);
  REQUIRE(started[2].tasks == 1);
  REQUIRE(started[2].stage->attempt == 1);
  REQUIRE(started[3].stage->attempt == 1);
  REQUIRE(started[3].tasks <= 3);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("several failures of one attempt are one failed attempt of the stage") {
  Reduce run({.max_stage_attempts = 2});
  auto& cluster = run.cluster;
  REQUIRE(cluster.running.size() == 2);
  cluster.end(0, gone(run.writer, 0, 1));
  cluster.end(0, gone(run.writer, 1, 2));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(run.writer) == 10);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a stage whose inputs cannot be fetched four times in a row fails its job",
          "[scenario-11]") {
  Reduce run;
  auto& cluster = run.cluster;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(cluster.ended.empty());
    while (cluster.running.at(0).is_map() || cluster.running.at(0).stage->attempt != i + 0u) {
      cluster.run(0);
    }
    cluster.end(0, gone(run.writer, 0, 1));
  }
  REQUIRE(cluster.ended_with<JobFailed>(1));
  REQUIRE(cluster.failure(1).type == "FetchFailed");
  REQUIRE(cluster.failure(1).attempts == 4);
  REQUIRE_THAT(cluster.failure(1).message, contains_text("connection refused"));
  cluster.run_all();
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("failures to fetch that are not in a row do not fail the job", "[scenario-11]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  const auto first = lineage.write(lineage.source(1));
  const auto second = lineage.write(lineage.read({first}, 1));
  cluster.submit(1, lineage.result(lineage.read({second}, 1)));
  // The middle stage fails three times, is done, is lost, and fails three times again.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) {
      if (cluster.running.at(0).stage->end->shuffle() == first->shuffle()) cluster.run(0);
      cluster.end(0, gone(first, 0, 1));
    }
    while (cluster.running.at(0).is_map()) cluster.run(0);
    if (round == 0) cluster.end(0, gone(second, 0, 1));
  }
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(first) == 7);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a late failure to fetch from an old attempt starts nothing anew", "[scenario-12]") {
  Reduce run;
  auto& cluster = run.cluster;
  REQUIRE(cluster.running.size() == 2);
  cluster.end(0, gone(run.writer, 0, 1));
  REQUIRE(cluster.running.size() == 2);
  REQUIRE(cluster.running.at(1).is_map());
  cluster.run(1);
  // The map output is there again and attempt 1 runs: what attempt 0 met is past.
  REQUIRE(cluster.running.at(1).stage->attempt == 1);
  cluster.end(0, gone(run.writer, 1, 2));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(run.writer) == 9);
  REQUIRE(cluster.all<StageStarted>().size() == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a failure to fetch what was computed again since is past") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 3);
  const auto writer = lineage.write(lineage.source(2));
  cluster.submit(1, lineage.result(lineage.read({writer}, 3)));
  cluster.run(0);
  cluster.run(0);
  REQUIRE(cluster.running.size() == 3);
  cluster.end(0, gone(writer, 0, 1));
  cluster.end(0, gone(writer, 1, 1));
  REQUIRE(cluster.running.at(1).partition == PartitionId{0});
  cluster.run(1);
  cluster.end(0, gone(writer, 0, 1));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 2 + 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task of an old attempt that ends well counts, and is not run again") {
  Reduce run;
  auto& cluster = run.cluster;
  cluster.end(0, gone(run.writer, 0, 1));
  const auto old = cluster.running.at(0);
  REQUIRE_FALSE(old.is_map());
  cluster.run(1);
  cluster.end(0, Done{});
  REQUIRE(cluster.given[JobId{1}].contains(old.partition));
  cluster.run_all();
  REQUIRE(cluster.launched() == 8 + 1 + 5);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("outputs of two shuffles that are lost together are both computed again",
          "[scenario-9]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  const auto first = lineage.write(lineage.source(2));
  const auto second = lineage.write(lineage.read({first}, 2));
  cluster.submit(1, lineage.result(lineage.read({second}, 2)));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  cluster.executors.at(ExecutorId{1}).outputs.clear();
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(first) == 4);
  REQUIRE(cluster.computed_in(second) == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("map outputs that vanished between two jobs are computed by the second",
          "[scenario-16]") {
  Reduce run;
  auto& cluster = run.cluster;
  cluster.run_all();
  run.lose_files(2);
  cluster.submit(2, run.lineage.result(run.lineage.read({run.writer}, 2)));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(run.writer) == 12);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("messages about tasks that are not known are ignored") {
  Reduce run;
  auto& cluster = run.cluster;
  const auto task = cluster.running.at(0);
  const auto actions = cluster.log.size();
  cluster.send(TaskEnded{TaskId{12345}, ExecutorId{1}, Done{}});
  cluster.send(TaskEnded{task.id, ExecutorId{7}, Done{}});
  cluster.send(TaskEnded{TaskId{0}, ExecutorId{1}, gone(run.writer, 0, 1)});
  cluster.send(BlocksDropped{ExecutorId{7}, {{RddId{1}, PartitionId{0}}}});
  cluster.send(ExecutorGone{ExecutorId{7}, "never heard of it"});
  cluster.send(JobCancelled{JobId{7}, "never heard of it"});
  cluster.send(ShuffleForgotten{ShuffleId{777}});
  REQUIRE(cluster.log.size() == actions);
  cluster.run(0);
  cluster.send(TaskEnded{task.id, task.executor, Done{}});
  cluster.run_all();
  cluster.send(TaskEnded{task.id, task.executor, Done{}});
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
