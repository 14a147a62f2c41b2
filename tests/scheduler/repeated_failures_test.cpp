#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

// Lets maps run until a task of the newest attempt that reads them is the first to end.
void run_maps(FakeCluster& cluster) {
  while (cluster.running.at(0).is_map()) cluster.run(0);
}

}  // namespace

TEST_CASE("a reducer that cannot fetch up to three times in a row ends well", "[scenario-10]") {
  for (int failures = 1; failures <= 3; ++failures) {
    Lineage lineage;
    FakeCluster cluster;
    cluster.join(1);
    const auto writer = lineage.write(lineage.source(2));
    cluster.submit(1, lineage.result(lineage.read({writer}, 1)));
    for (int i = 0; i < failures; ++i) {
      run_maps(cluster);
      cluster.end(0, gone(writer, 1, 1));
    }
    cluster.run_all();
    REQUIRE(cluster.ended_with<JobSucceeded>(1));
    // The second in a row takes what else that executor wrote before the first.
    REQUIRE(cluster.computed_in(writer) == 2 + failures + (failures > 1 ? 1 : 0));
    REQUIRE(cluster.scheduler.idle());
  }
}

TEST_CASE("failures to fetch of different stages are counted apart", "[scenario-11]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  const auto first = lineage.write(lineage.source(1));
  const auto second = lineage.write(lineage.read({first}, 1));
  cluster.submit(1, lineage.result(lineage.read({second}, 1)));
  cluster.run(0);
  for (int i = 0; i < 3; ++i) {
    cluster.end(0, gone(first, 0, 1));
    cluster.run(0);
  }
  cluster.run(0);
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(cluster.running.at(0).is_map());
    cluster.end(0, gone(second, 0, 1));
    cluster.run(0);
  }
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a late failure to fetch does not start a second attempt beside the one that runs",
          "[scenario-12]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 3);
  const auto writer = lineage.write(lineage.source(1));
  cluster.submit(1, lineage.result(lineage.read({writer}, 3)));
  cluster.run(0);
  REQUIRE(cluster.running.size() == 3);
  cluster.end(0, gone(writer, 0, 1));
  REQUIRE(cluster.running.at(2).is_map());
  cluster.end(0, gone(writer, 0, 1));
  cluster.end(0, gone(writer, 0, 1));
  // Still that one map task.
  REQUIRE(cluster.running.size() == 1);
  REQUIRE(cluster.all<StageStarted>().size() == 3);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a second copy of a done partition that cannot fetch starts no stage anew",
          "[scenario-14]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  cluster.join(2);
  const auto first = lineage.write(lineage.source(1));
  const auto second = lineage.write(lineage.read({first}, 1));
  cluster.submit(1, lineage.result(lineage.read({second}, 1)));
  cluster.run(0);
  // The only way to two copies: the job of the first is cancelled, and another wants the same.
  cluster.cancel(1);
  cluster.running.at(0).killed = false;
  cluster.submit(2, lineage.result(lineage.read({second}, 1)));
  REQUIRE(cluster.running.size() == 2);
  REQUIRE(cluster.running.at(0).partition == cluster.running.at(1).partition);
  cluster.run(0);
  REQUIRE(cluster.running.size() == 2);
  cluster.end(0, gone(first, 0, 1));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(first) == 1);
  REQUIRE(cluster.computed_in(second) == 1);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task that failed is not tried again with map outputs that were lost meanwhile") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 2, .max_stage_attempts = 1});
  cluster.join(1);
  cluster.join(2);
  const auto writer = lineage.write(lineage.source(2));
  const auto rows = lineage.read({writer}, 1);
  cluster.submit(1, lineage.result(rows));
  run_maps(cluster);
  // Nothing of the attempt waits for a slot, so the loss of its inputs does not end it.
  REQUIRE(cluster.running.size() == 1);
  const auto other = cluster.running.at(0).executor == ExecutorId{1} ? 2 : 1;
  cluster.lose(static_cast<std::uint64_t>(other));
  cluster.join(3);
  cluster.fail(0);
  REQUIRE(cluster.running.at(0).is_map());
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.computed_in(writer) == 3);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("an executor whose loss fails the job may have had several of its tasks") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 4});
  cluster.join(1, 3);
  const auto writer = lineage.write(lineage.source(1));
  cluster.submit(1, lineage.result(lineage.read({writer}, 3)));
  cluster.run(0);
  // Partition 1 fails as often as it may, and the order of the tasks becomes 0, 1, 2.
  for (int i = 0; i < 3; ++i) {
    for (std::size_t at = 0; at < 3; ++at) {
      if (cluster.running.at(at).partition == PartitionId{1}) {
        cluster.fail(at);
        break;
      }
    }
  }
  REQUIRE(cluster.running.at(1).partition == PartitionId{2});
  cluster.fail(1);
  cluster.lose(1);
  REQUIRE(cluster.failure(1).attempts == 4);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("hints that throw are no hints: the scheduler lives, and the task says what is wrong",
          "[scenario-29]") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 2});
  cluster.join(1, 4);
  const auto source =
      std::make_shared<FakeNode>(RddId{900}, NodeKind::rdd, 2, std::vector<NodeRef>{}, OpLabels{});
  source->prefers = [](PartitionId) -> std::vector<std::string> {
    throw std::runtime_error("the name node does not answer");
  };
  cluster.submit(1, lineage.result(NodeRef(source)));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));

  const auto broken = std::make_shared<FakeNode>(RddId{901}, NodeKind::rdd, 2,
                                                 std::vector{lineage.source(2)}, OpLabels{});
  broken->reads = [](PartitionId) -> std::vector<NarrowParent> { throw std::bad_alloc(); };
  cluster.submit(2, lineage.result(lineage.persist(NodeRef(broken))));
  cluster.submit(3, lineage.result(lineage.source(2)));
  REQUIRE(cluster.running.size() == 4);
  for (int i = 0; i < 2; ++i) cluster.fail(0, false);
  REQUIRE(cluster.ended_with<JobFailed>(2));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(3));
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
