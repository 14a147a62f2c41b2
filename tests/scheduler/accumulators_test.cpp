#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

// What the i-th running task reports: where it is done, with an update that names its partition.
TaskOutcome adding(FakeCluster& cluster, std::size_t i) {
  const auto& task = cluster.running.at(i);
  auto outcome = cluster.work(task);
  if (auto* done = std::get_if<Done>(&outcome)) {
    const auto* const what = task.is_map() ? "map" : "result";
    done->updates.push_back({AccumulatorId{1}, what + std::to_string(task.partition.value)});
  }
  return outcome;
}
void run(FakeCluster& cluster, std::size_t i) { cluster.end(i, adding(cluster, i)); }
void run_all(FakeCluster& cluster) {
  while (!cluster.running.empty()) run(cluster, cluster.running.size() - 1);  // the newest first
}
std::vector<std::string> counted(const FakeCluster& cluster) {
  std::vector<std::string> texts;
  for (const auto& updated : cluster.all<AccumulatorsUpdated>()) {
    for (const auto& update : updated.updates) texts.push_back(update.bytes);
  }
  return texts;
}
using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("updates come at the job's end, by stage and partition, however tasks ended") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.shuffle(lineage.source(3), 2)));
  run_all(cluster);
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(counted(cluster) == Texts{"map0", "map1", "map2", "result0", "result1"});
  REQUIRE(std::holds_alternative<AccumulatorsUpdated>(*(cluster.log.end() - 2)));
  REQUIRE(std::holds_alternative<JobSucceeded>(cluster.log.back()));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a map output that is lost and computed again counts once, in later jobs too",
          "[scenario-36]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  cluster.join(2, 4);
  const auto sums = lineage.shuffle(lineage.source(4), 2);
  cluster.submit(1, lineage.result(sums));
  for (int map = 0; map < 4; ++map) run(cluster, 0);
  cluster.lose(1);
  run_all(cluster);
  const Texts first{"map0", "map1", "map2", "map3", "result0", "result1"};
  REQUIRE(counted(cluster) == first);
  cluster.join(3, 4);
  cluster.lose(2);
  cluster.submit(2, lineage.result(sums));
  run_all(cluster);
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  auto both = first;
  both.insert(both.end(), {"result0", "result1"});
  REQUIRE(counted(cluster) == both);
}

TEST_CASE("the stale success of a task whose executor was lost does not count", "[scenario-36]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  const auto stale = cluster.running[0];
  auto late = adding(cluster, 0);
  cluster.lose(1);
  cluster.send(TaskEnded{stale.id, stale.executor, late});
  cluster.join(2, 2);
  cluster.send(TaskEnded{stale.id, stale.executor, late});
  run_all(cluster);
  REQUIRE(counted(cluster) == Texts{"result0", "result1"});
}

TEST_CASE("tasks that fail count nothing until they succeed") {
  Lineage lineage;
  FakeCluster cluster(SchedulerOptions{3, 4});
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.fail(0);
  cluster.fail(1);
  REQUIRE(counted(cluster).empty());
  run_all(cluster);
  REQUIRE(counted(cluster) == Texts{"result0", "result1"});
}

TEST_CASE("a job that fails or is cancelled counts what was done by then") {
  for (const bool fails : {true, false}) {
    Lineage lineage;
    FakeCluster cluster;
    cluster.join(1, 3);
    cluster.submit(1, lineage.result(lineage.source(3)));
    run(cluster, 2);
    run(cluster, 0);
    fails ? cluster.fail(0) : cluster.cancel(1);
    REQUIRE(counted(cluster) == Texts{"result0", "result2"});
    cluster.run_all();
    REQUIRE(counted(cluster) == Texts{"result0", "result2"});
    REQUIRE(cluster.scheduler.idle());
  }
}

TEST_CASE("a map output that is done after its job has ended counts with the job that reads it") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 3);
  const auto sums = lineage.shuffle(lineage.source(3), 1);
  cluster.submit(1, lineage.result(sums));
  run(cluster, 0);
  auto late = adding(cluster, 0);
  cluster.cancel(1);
  REQUIRE(counted(cluster) == Texts{"map0"});
  cluster.end(0, late);  // it had finished before it heard that it should end
  while (!cluster.running.empty()) cluster.run(0);
  REQUIRE(counted(cluster) == Texts{"map0"});
  cluster.submit(2, lineage.result(sums));
  run_all(cluster);
  REQUIRE(counted(cluster) == Texts{"map0", "map1", "map2", "result0"});
}

TEST_CASE("a stage of two jobs counts once, with the job that ends first") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  const auto sums = lineage.shuffle(lineage.source(2), 1);
  cluster.submit(1, lineage.result(sums));
  cluster.submit(2, lineage.result(sums));
  run(cluster, 0);
  run(cluster, 0);
  run_all(cluster);
  const auto updated = cluster.all<AccumulatorsUpdated>();
  REQUIRE(updated.size() == 2);
  REQUIRE(updated[0].updates.size() == 3);
  REQUIRE(updated[1].updates.size() == 1);
}

TEST_CASE("a job whose tasks add nothing has no action for it") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.shuffle(lineage.source(3), 2)));
  cluster.run_all();
  REQUIRE(cluster.all<AccumulatorsUpdated>().empty());
}

}  // namespace kindred::test
