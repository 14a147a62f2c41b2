#include "tests/scheduler/fake.hpp"

namespace kindred::test {

TEST_CASE("an executor lost during the map stage costs its outputs and its running task") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  const auto writer = lineage.write(lineage.source(6));
  cluster.submit(1, lineage.result(lineage.read({writer}, 2)));
  cluster.run(0);
  cluster.run(0);
  cluster.run(0);
  cluster.run(0);
  REQUIRE(cluster.computed_in(writer) == 4);
  cluster.lose(1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 6 + 2);
  REQUIRE(cluster.launched() == 6 + 1 + 2 + 2);
  REQUIRE(cluster.all<StageStarted>().size() == 2);
  REQUIRE(cluster.all<StageStarted>()[0].tasks == 6);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("an executor lost during the reduce costs its map outputs, then the missing results",
          "[scenario-8][scenario-35]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  const auto writer = lineage.write(lineage.source(6));
  cluster.submit(1, lineage.result(lineage.read({writer}, 6)));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  cluster.run(0);
  cluster.run(0);
  REQUIRE(cluster.given[JobId{1}].size() == 2);
  cluster.lose(1);
  // No reducer is launched that could not fetch.
  REQUIRE(cluster.running.size() == 1);
  cluster.end(0, Done{});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 6 + 3);
  const auto started = cluster.all<StageStarted>();
  REQUIRE(started.size() == 4);
  REQUIRE(started[2].tasks == 3);
  REQUIRE(started[3].tasks == 3);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("two of three executors lost, one after the other, do not change the answer") {
  Lineage lineage;
  FakeCluster cluster;
  for (std::uint64_t id = 1; id <= 3; ++id) cluster.join(id);
  const auto first = lineage.write(lineage.source(6));
  const auto second = lineage.write(lineage.read({first}, 6));
  cluster.submit(1, lineage.result(lineage.read({second}, 3)));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  cluster.lose(1);
  cluster.run(0);
  cluster.lose(2);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.given[JobId{1}].size() == 3);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a job waits while no executor is left, and goes on with the next one") {
  Lineage lineage;
  FakeCluster cluster;
  const auto writer = lineage.write(lineage.source(2));
  cluster.submit(1, lineage.result(lineage.read({writer}, 2)));
  REQUIRE(cluster.running.empty());
  cluster.join(1);
  cluster.run(0);
  cluster.lose(1);
  REQUIRE(cluster.running.empty());
  REQUIRE(cluster.ended.empty());
  cluster.join(2, 2);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 3);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a message of an executor that is gone is ignored", "[scenario-13]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  const auto writer = lineage.write(lineage.source(2));
  cluster.submit(1, lineage.result(lineage.read({writer}, 1)));
  const auto late = cluster.running.at(0);
  REQUIRE(late.executor == ExecutorId{1});
  cluster.lose(1);
  cluster.send(TaskEnded{late.id, late.executor, Done{}});
  cluster.run_all();
  REQUIRE(cluster.computed_in(writer) == 2);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("one lost executor fails no job, even where a task may fail only once") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 1});
  cluster.join(1);
  cluster.join(2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.lose(1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("outputs lost between two jobs are computed again, and no others", "[scenario-16]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  const auto first = lineage.write(lineage.source(4));
  const auto second = lineage.write(lineage.read({first}, 4));
  const auto rows = lineage.read({second}, 2);
  cluster.submit(1, lineage.result(rows));
  cluster.run_all();
  cluster.lose(1);
  cluster.submit(2, lineage.result(rows));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(first) == 4 + 2);
  REQUIRE(cluster.computed_in(second) == 4 + 2);
  REQUIRE(cluster.all<StageSkipped>().empty());
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
