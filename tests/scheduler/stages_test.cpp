#include "tests/scheduler/fake.hpp"

namespace kindred::test {

TEST_CASE("a job without shuffles is one stage, launched in one go") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  cluster.submit(1, lineage.result(lineage.map(lineage.source(4))));
  REQUIRE(cluster.batches == std::vector<std::size_t>{4});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.given[JobId{1}].size() == 4);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a stage starts only when all map outputs of its parents are there") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  const auto a = lineage.write(lineage.source(2));
  const auto b = lineage.write(lineage.source(3));
  cluster.submit(1, lineage.result(lineage.read({a, b}, 2)));
  REQUIRE(cluster.running.size() == 5);
  for (int i = 0; i < 4; ++i) {
    cluster.run(0);
    REQUIRE(cluster.all<StageStarted>().size() == 2);
  }
  cluster.run(0);
  const auto started = cluster.all<StageStarted>();
  REQUIRE(started.size() == 3);
  REQUIRE(started[2].tasks == 2);
  REQUIRE(started[2].stage->inputs->size() == 2);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("shared lineage is computed once, however many paths lead to it") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  const auto shared = lineage.write(lineage.source(3));
  const auto left = lineage.write(lineage.map(lineage.read({shared}, 2)));
  const auto right = lineage.write(lineage.map(lineage.read({shared}, 2)));
  auto both = lineage.zip(lineage.read({left}, 2), lineage.read({right, shared}, 2));
  for (int i = 0; i < 64; ++i) both = lineage.zip(both, both);
  cluster.submit(1, lineage.result(both));
  cluster.run_all();
  REQUIRE(cluster.all<StageStarted>().size() == 4);
  REQUIRE(cluster.computed_in(shared) == 3);
  REQUIRE(cluster.computed_in(left) == 2);
  REQUIRE(cluster.computed_in(right) == 2);
  REQUIRE(cluster.launched() == 9);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a second job skips the stages whose map outputs exist, and those only they need",
          "[scenario-16]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  const auto first = lineage.write(lineage.source(2));
  const auto second = lineage.write(lineage.read({first}, 2));
  const auto rows = lineage.read({second}, 2);
  cluster.submit(1, lineage.result(rows));
  cluster.run_all();
  REQUIRE(cluster.all<StageSkipped>().empty());
  cluster.submit(2, lineage.result(rows));
  const auto skipped = cluster.all<StageSkipped>();
  REQUIRE(skipped.size() == 2);
  REQUIRE(skipped[0].stage == cluster.all<StageStarted>()[0].stage->stage);
  REQUIRE(skipped[1].stage == cluster.all<StageStarted>()[1].stage->stage);
  cluster.run_all();
  REQUIRE(cluster.launched() == 8);
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a job of some partitions computes only those") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  const auto result = lineage.result(lineage.source(100));
  cluster.send(JobSubmitted{JobId{1}, result, {PartitionId{7}, PartitionId{3}}});
  cluster.run_all();
  REQUIRE(cluster.given[JobId{1}] == std::set{PartitionId{3}, PartitionId{7}});
  REQUIRE(cluster.launched() == 2);
  cluster.send(JobSubmitted{JobId{2}, result, {}});
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("10,000 chained narrow steps are one stage, and are destroyed without recursion") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  auto rows = lineage.source(4);
  for (int i = 0; i < 10'000; ++i) rows = lineage.map(rows);
  cluster.submit(1, lineage.result(rows));
  cluster.run_all();
  REQUIRE(cluster.all<StageStarted>().size() == 1);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("200 chained shuffles run one after the other, and are skipped the next time") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  auto rows = lineage.source(2);
  for (int i = 0; i < 200; ++i) rows = lineage.shuffle(lineage.map(rows), 2);
  cluster.submit(1, lineage.result(rows));
  cluster.run_all();
  REQUIRE(cluster.all<StageStarted>().size() == 201);
  REQUIRE(cluster.launched() == 402);
  cluster.submit(2, lineage.result(rows));
  cluster.run_all();
  REQUIRE(cluster.all<StageSkipped>().size() == 200);
  REQUIRE(cluster.launched() == 404);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a forgotten shuffle is dropped from the executors that have outputs of it") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  cluster.join(3);
  const auto writer = lineage.write(lineage.source(2));
  const auto result = lineage.result(lineage.read({writer}, 1));
  cluster.submit(1, result);
  cluster.run_all();
  cluster.send(ShuffleForgotten{writer->shuffle()});
  const auto drops = cluster.all<DropShuffle>();
  REQUIRE(drops.size() == 2);
  REQUIRE(drops[0].executor == ExecutorId{1});
  REQUIRE(drops[1].executor == ExecutorId{2});
  cluster.submit(2, result);
  cluster.run_all();
  REQUIRE(cluster.computed_in(writer) == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a job's lineage is released with its last action, when the scheduler is done") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  auto result = lineage.result(lineage.shuffle(lineage.source(1), 1));
  bool destroyed = false;
  bool idle = false;
  result->on_destroyed = [&] {
    destroyed = true;
    idle = cluster.scheduler.idle();
  };
  cluster.submit(1, std::move(result));
  while (!cluster.running.empty()) {
    REQUIRE_FALSE(destroyed);
    cluster.log.clear();
    cluster.run(0);
  }
  cluster.log.clear();
  REQUIRE(destroyed);
  REQUIRE(idle);
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
