// What the scheduler tells of losses and of what is computed again, for reports.
#include "kindred/scheduler/cached_blocks.hpp"
#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

using Kind = KeptPartitions::Kind;

std::uint32_t counted(const std::vector<KeptPartitions>& parts, Kind kind) {
  std::uint32_t sum = 0;
  for (const auto& part : parts) {
    if (part.kind == kind) sum += part.count;
  }
  return sum;
}

std::uint32_t counted_again(const FakeCluster& cluster, Kind kind) {
  std::uint32_t sum = 0;
  for (const auto& end : cluster.all<TaskFinished>()) sum += counted(end.again, kind);
  return sum;
}

}  // namespace

TEST_CASE("a lost executor is reported once, with its map outputs, cached partitions and tasks") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 1);
  cluster.join(2, 1);
  const auto kept = lineage.persist(lineage.source(8));
  const auto writer = lineage.write(kept);
  cluster.submit(1, lineage.result(lineage.read({writer}, 4)));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  REQUIRE(cluster.all<DataLost>().empty());
  const auto outputs = cluster.executors.at(ExecutorId{1}).outputs.size();
  const auto blocks = cluster.executors.at(ExecutorId{1}).blocks.size();
  REQUIRE(outputs > 0);
  REQUIRE(blocks > 0);
  cluster.lose(1);
  const auto losses = cluster.all<DataLost>();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].executor == ExecutorId{1});
  CHECK(losses[0].executor_gone);
  CHECK(losses[0].reason == "killed by the test");
  CHECK(losses[0].tasks == 1);
  CHECK(counted(losses[0].lost, Kind::map_outputs) == outputs);
  CHECK(counted(losses[0].lost, Kind::cached) == blocks);
  for (const auto& part : losses[0].lost) CHECK(!part.op.empty());
  // All of it is needed for the missing results, and nothing else is computed again.
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  CHECK(counted_again(cluster, Kind::map_outputs) == outputs);
  CHECK(counted_again(cluster, Kind::cached) == blocks);
  // What was lost and is there again counts no more.
  cluster.submit(2, lineage.result(kept));
  cluster.run_all();
  CHECK(counted_again(cluster, Kind::cached) == blocks);
}

TEST_CASE(
    "a cached partition is lost with the last executor that has it, until it is there again") {
  CachedBlocks blocks;
  const BlockId block{RddId{7}, PartitionId{3}};
  REQUIRE(blocks.add(block, ExecutorId{1}));
  REQUIRE(blocks.add(block, ExecutorId{2}));
  blocks.describe(block.rdd, "map at pi.cpp:12", 2);
  const auto [none, elsewhere] = blocks.remove_executor(ExecutorId{1});
  CHECK(none.empty());
  REQUIRE(elsewhere.size() == 1);
  CHECK(elsewhere[0].op == "map at pi.cpp:12");
  CHECK(elsewhere[0].count == 1);
  CHECK_FALSE(blocks.was_lost(block));
  const auto [lost, nowhere_else] = blocks.remove_executor(ExecutorId{2});
  CHECK(nowhere_else.empty());
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].op == "map at pi.cpp:12");
  CHECK(lost[0].count == 1);
  CHECK(blocks.was_lost(block));
  CHECK(blocks.empty());
  REQUIRE(blocks.add(block, ExecutorId{4}));
  CHECK_FALSE(blocks.was_lost(block));
  blocks.remove_executor(ExecutorId{4});
  blocks.unpersist(block.rdd);
  CHECK_FALSE(blocks.was_lost(block));
}

TEST_CASE(
    "map outputs that cannot be fetched are reported with the executor that should have them") {
  Lineage lineage;
  const auto writer = lineage.write(lineage.source(8));
  FakeCluster cluster;
  cluster.join(1, 1);
  cluster.join(2, 1);
  cluster.submit(1, lineage.result(lineage.read({writer}, 4)));
  while (cluster.running.at(0).is_map()) cluster.run(0);
  cluster.end(0, gone(writer, 0, 1));
  const auto losses = cluster.all<DataLost>();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].executor == ExecutorId{1});
  CHECK(!losses[0].executor_gone);
  CHECK(losses[0].reason == "connection refused");
  CHECK(counted(losses[0].lost, Kind::map_outputs) == 1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  CHECK(counted_again(cluster, Kind::map_outputs) == 1);
}

}  // namespace kindred::test
