#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

SchedulerOptions four_failures() {
  SchedulerOptions options;
  options.max_task_failures = 4;
  return options;
}

// The executor of the i-th running task is gone, and that task took it down.
void crash(FakeCluster& cluster, std::size_t i) {
  const auto task = cluster.running.at(i);
  cluster.executors.erase(task.executor);
  std::erase_if(cluster.running, [&](const auto& one) { return one.executor == task.executor; });
  cluster.send(ExecutorGone{task.executor, "crashed",
                            ExecutorGone::Culprit{task.id, {"bad pointer", {}, "map", true}}});
}

std::size_t with_partition(const FakeCluster& cluster, std::uint32_t partition) {
  std::size_t i = 0;
  while (cluster.running.at(i).partition != PartitionId{partition}) ++i;
  return i;
}

}  // namespace

TEST_CASE("the task that takes down its executor each time fails its job, not one beside it") {
  Lineage lineage;
  FakeCluster cluster(four_failures());
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  for (std::uint64_t next = 2; next <= 5; ++next) {
    crash(cluster, with_partition(cluster, 1));
    if (next < 5) cluster.join(next, 2);
  }
  REQUIRE(cluster.ended_with<JobFailed>(1));
  CHECK(cluster.failure(1).message == "bad pointer");
  CHECK(cluster.failure(1).op == "map");
  CHECK(cluster.failure(1).partition == 1);
  CHECK(cluster.failure(1).attempts == 4);
  CHECK(cluster.scheduler.idle());
}

TEST_CASE("a task that took down its executor once is one failure, and those beside it are lost") {
  Lineage lineage;
  FakeCluster cluster(four_failures());
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  crash(cluster, 0);
  cluster.join(2, 2);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  std::vector<TaskFinished::How> ends;
  for (const auto& end : cluster.all<TaskFinished>()) ends.push_back(end.how);
  using How = TaskFinished::How;
  CHECK(ends == std::vector{How::failed, How::lost, How::done, How::done});
  CHECK(cluster.all_finished());
  CHECK(cluster.scheduler.idle());
}

}  // namespace kindred::test
