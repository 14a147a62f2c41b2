#include "tests/scheduler/fake.hpp"

namespace kindred::test {

TEST_CASE("a task that fails is tried again on another executor") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1, 2);
  cluster.join(2, 2);
  cluster.submit(1, lineage.result(lineage.source(1)));
  const auto first = cluster.running.at(0);
  cluster.fail(0);
  const auto second = cluster.running.at(0);
  REQUIRE(second.executor != first.executor);
  REQUIRE(second.attempt == 1);
  REQUIRE(second.partition == first.partition);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("where there is no other executor, a failed task is tried again on the same one") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1);
  cluster.submit(1, lineage.result(lineage.source(1)));
  for (int i = 0; i < 3; ++i) cluster.fail(0);
  cluster.run_all();
  REQUIRE(cluster.launched() == 4);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a failed task waits for an executor on which it did not fail yet") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1);
  cluster.join(2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.fail(0);
  REQUIRE(cluster.running.size() == 1);
  cluster.run(0);
  REQUIRE(cluster.running.at(0).executor == ExecutorId{2});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task that fails max_task_failures times fails its job, with all that is known") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1, 4);
  const auto result = lineage.result(lineage.shuffle(lineage.source(1), 3));
  cluster.send(JobSubmitted{JobId{9}, result, {PartitionId{2}}});
  cluster.run(0);
  for (int i = 0; i < 4; ++i) cluster.fail(0);
  REQUIRE(cluster.ended_with<JobFailed>(9));
  const auto& failure = cluster.failure(9);
  REQUIRE(failure.message == "bad row");
  REQUIRE(failure.type == "std::runtime_error");
  REQUIRE(failure.op == "map at pi.cpp:12");
  REQUIRE(failure.job == 9);
  REQUIRE(failure.stage == 1);
  REQUIRE(failure.partition == 2);
  REQUIRE(failure.attempts == 4);
  REQUIRE(failure.executor == "1");
  REQUIRE(cluster.launched() == 5);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("an error that another attempt must meet again fails the job at once") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.fail(0, false);
  REQUIRE(cluster.ended_with<JobFailed>(1));
  REQUIRE(cluster.failure(1).attempts == 1);
  REQUIRE(cluster.running.at(0).killed);
  REQUIRE_FALSE(cluster.scheduler.idle());
  REQUIRE_FALSE(cluster.all_finished());
  cluster.run_all();
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.all<StageFinished>().at(0).failed);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("failures of different partitions are counted apart") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 2});
  cluster.join(1, 4);
  cluster.submit(1, lineage.result(lineage.source(4)));
  for (int i = 0; i < 4; ++i) cluster.fail(0);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.launched() == 8);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task that the executor ended on its own is run again and counts as no failure") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.submit(1, lineage.result(lineage.source(1)));
  for (int i = 0; i < 5; ++i) cluster.end(0, Killed{"the executor makes room"});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a partition that takes its executor down each time fails the job after four") {
  Lineage lineage;
  FakeCluster cluster;
  for (std::uint64_t id = 1; id <= 6; ++id) cluster.join(id);
  cluster.submit(1, lineage.result(lineage.source(1)));
  for (int i = 0; i < 4; ++i) {
    REQUIRE(cluster.ended.empty());
    cluster.lose(cluster.running.at(0).executor.value);
  }
  REQUIRE(cluster.failure(1).attempts == 4);
  REQUIRE_THAT(cluster.failure(1).message, contains_text("killed by the test"));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a reducer that takes map outputs down with it each time still fails the job") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  const auto writer = lineage.write(lineage.source(2));
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.read({writer}, 1)));
  for (std::uint64_t round = 1; round <= 4; ++round) {
    REQUIRE(cluster.ended.empty());
    while (cluster.running.at(0).is_map()) cluster.run(0);
    cluster.lose(round);
    if (round < 4) cluster.join(round + 1, 2);
  }
  REQUIRE(cluster.ended_with<JobFailed>(1));
  REQUIRE(cluster.computed_in(writer) == 8);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("losses of a partition are forgotten once its stage is done") {
  Lineage lineage;
  FakeCluster cluster;
  const auto writer = lineage.write(lineage.source(1));
  cluster.submit(1, lineage.result(lineage.read({writer}, 1)));
  for (std::uint64_t id = 1; id <= 3; ++id) {
    cluster.join(id);
    cluster.lose(id);
  }
  cluster.join(4);
  cluster.run(0);
  REQUIRE(cluster.computed_in(writer) == 1);
  cluster.lose(4);
  cluster.join(5);
  REQUIRE(cluster.running.at(0).is_map());
  cluster.lose(5);
  cluster.join(6);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a failed job fails all jobs that share the stage, each with its own id",
          "[scenario-15]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  const auto rows = lineage.shuffle(lineage.source(1), 1);
  cluster.submit(1, lineage.result(rows));
  cluster.submit(2, lineage.result(rows));
  cluster.fail(0);
  REQUIRE(cluster.failure(1).job == 1);
  REQUIRE(cluster.failure(2).job == 2);
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
