#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

// Rows behind a shuffle that a first job put into the caches of executors 1 and 2.
struct Cached {
  explicit Cached(SchedulerOptions options = {}) : cluster(options) {
    cluster.join(1);
    cluster.join(2);
    cluster.submit(1, lineage.result(kept));
    cluster.run_all();
    launched_before = cluster.launched();
  }
  std::size_t launched_since() const { return cluster.launched() - launched_before; }

  Lineage lineage;
  NodeRef writer = lineage.write(lineage.source(4));
  NodeRef kept = lineage.persist(lineage.read({writer}, 4));
  FakeCluster cluster;
  std::size_t launched_before = 0;
};

}  // namespace

TEST_CASE("cached partitions need no parents, even where the map outputs are gone") {
  Cached run;
  auto& cluster = run.cluster;
  for (auto& [id, executor] : cluster.executors) executor.outputs.clear();
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  cluster.submit(2, run.lineage.result(run.lineage.map(run.kept)));
  REQUIRE(cluster.all<StageSkipped>().size() == 1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(run.launched_since() == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("tasks go where their block is, and wait for that executor") {
  Cached run;
  auto& cluster = run.cluster;
  cluster.join(3, 8);
  cluster.submit(2, run.lineage.result(run.lineage.map(run.kept)));
  for (std::size_t tasks = 0; tasks < 4; ++tasks) {
    const auto task = cluster.running.at(0);
    REQUIRE(cluster.executors.at(task.executor).blocks.contains({run.kept->id(), task.partition}));
    cluster.run(0);
  }
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("only the partitions that a job needs count") {
  Cached run;
  auto& cluster = run.cluster;
  const auto lost = *cluster.executors.at(ExecutorId{1}).blocks.begin();
  for (auto& [id, executor] : cluster.executors) executor.outputs.clear();
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  cluster.executors.at(ExecutorId{1}).blocks.erase(lost);
  cluster.send(BlocksDropped{ExecutorId{1}, {lost}});
  std::vector<PartitionId> others;
  for (std::uint32_t p = 0; p < 4; ++p) {
    if (PartitionId{p} != lost.partition) others.push_back(PartitionId{p});
  }
  const auto result = run.lineage.result(run.kept);
  cluster.send(JobSubmitted{JobId{2}, result, others});
  cluster.run_all();
  REQUIRE(run.launched_since() == 3);
  cluster.send(JobSubmitted{JobId{3}, result, {lost.partition}});
  cluster.run_all();
  REQUIRE(run.launched_since() == 3 + 4 + 1);
  REQUIRE(cluster.ended_with<JobSucceeded>(3));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("narrow parents are followed to the partitions that are really read") {
  Cached run;
  auto& cluster = run.cluster;
  const auto other = run.lineage.write(run.lineage.source(2));
  const auto both = run.lineage.concat(run.kept, run.lineage.read({other}, 2));
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  cluster.submit(2, run.lineage.result(both));
  cluster.run_all();
  REQUIRE(cluster.computed_in(run.writer) == 4);
  REQUIRE(cluster.computed_in(other) == 2);
  REQUIRE(cluster.given[JobId{2}].size() == 6);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("blocks of a lost executor are computed again, with what they need, and no others") {
  Cached run;
  auto& cluster = run.cluster;
  cluster.lose(1);
  cluster.submit(2, run.lineage.result(run.kept));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(run.writer) == 4 + 2);
  REQUIRE(run.launched_since() == 2 + 4);
  REQUIRE(cluster.executors.at(ExecutorId{2}).blocks.size() == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a block that is lost while its task waits brings the parents back, with no failure") {
  for (const bool dies : {true, false}) {
    Cached run({.max_stage_attempts = 1});
    auto& cluster = run.cluster;
    cluster.send(ShuffleForgotten{run.writer->shuffle()});
    cluster.submit(2, run.lineage.result(run.kept));
    REQUIRE(cluster.running.size() == 2);
    REQUIRE(cluster.all<StageSkipped>().size() == 1);
    if (dies) {
      cluster.lose(1);
    } else {
      auto& blocks = cluster.executors.at(ExecutorId{1}).blocks;
      REQUIRE(blocks.size() == 2);
      const auto reads = cluster.running.at(0).partition;
      REQUIRE(cluster.running.at(0).executor == ExecutorId{1});
      const auto waits = *std::find_if(blocks.begin(), blocks.end(), [&](const BlockId& block) {
        return block.partition != reads;
      });
      blocks.erase(waits);
      cluster.send(BlocksDropped{ExecutorId{1}, {waits}});
    }
    cluster.run_all();
    REQUIRE(cluster.ended_with<JobSucceeded>(2));
    REQUIRE(cluster.computed_in(run.writer) == 8);
    REQUIRE(cluster.all_finished());
    REQUIRE(cluster.scheduler.idle());
  }
}

TEST_CASE("an unpersisted RDD is dropped everywhere, also where a task caches it just now") {
  Cached run;
  auto& cluster = run.cluster;
  cluster.lose(1);
  cluster.join(3);
  cluster.submit(2, run.lineage.result(run.kept));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  cluster.send(RddUnpersisted{run.kept->id()});
  REQUIRE(cluster.all<DropBlocks>().size() == 1);
  REQUIRE(cluster.all<DropBlocks>()[0].executor == ExecutorId{2});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  for (const auto& [id, executor] : cluster.executors) REQUIRE(executor.blocks.empty());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("blocks that a task cached before it failed, or was killed, are known and dropped") {
  for (const bool unpersisted_first : {false, true}) {
    FakeCluster cluster({.max_task_failures = 1});
    Lineage lineage;
    const auto kept = lineage.persist(lineage.source(3));
    cluster.join(1, 3);
    cluster.submit(1, lineage.result(kept));
    REQUIRE(cluster.running.size() == 3);
    const auto cache = [&](std::size_t i) {
      const BlockId block{kept->id(), cluster.running.at(i).partition};
      cluster.executors.at(ExecutorId{1}).blocks.insert(block);
      return std::vector{block};
    };
    auto cached = cache(0);
    cluster.end(0, Failed{{"bad row", "std::runtime_error", "map at pi.cpp:12"}, cached});
    REQUIRE(cluster.ended_with<JobFailed>(1));
    if (unpersisted_first) cluster.send(RddUnpersisted{kept->id()});
    cached = cache(0);
    cluster.end(0, Killed{"asked", cached});
    cached = cache(0);
    cluster.end(0, FetchFailed{ShuffleId{9}, PartitionId{0}, ExecutorId{1}, "gone", cached});
    if (!unpersisted_first) cluster.send(RddUnpersisted{kept->id()});
    REQUIRE(cluster.executors.at(ExecutorId{1}).blocks.empty());
    REQUIRE(cluster.scheduler.idle());
  }
}

TEST_CASE("tasks prefer the hosts that their data is on, but take another when those are busy") {
  for (const bool late : {false, true}) {
    Lineage lineage;
    FakeCluster cluster;
    const auto result = lineage.result(lineage.map(lineage.prefer(5, {"near", "2"})));
    if (late) cluster.submit(1, result);
    cluster.join(1, 1, "far");
    cluster.join(2, 1, "other");
    cluster.join(3, 2, "near");
    if (!late) cluster.submit(1, result);
    REQUIRE(cluster.running.size() == 4);
    for (const auto& task : cluster.running) {
      if (task.executor == ExecutorId{3}) REQUIRE(task.partition.value % 2 == 0);
      if (task.executor == ExecutorId{2}) REQUIRE(task.partition.value % 2 == 1);
    }
    cluster.run_all();
    REQUIRE(cluster.ended_with<JobSucceeded>(1));
    REQUIRE(cluster.scheduler.idle());
  }
}

}  // namespace kindred::test
