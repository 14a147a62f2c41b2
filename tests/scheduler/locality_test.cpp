#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

using namespace std::chrono_literals;

// Four rows that executor 1 cached, as long as it was alone.
struct OneHasAll {
  explicit OneHasAll(SchedulerOptions options = {}) : cluster(options) {
    cluster.join(1);
    cluster.submit(1, lineage.result(kept));
    cluster.run_all();
    cluster.join(2);
    cluster.submit(2, lineage.result(kept));
  }

  Lineage lineage;
  NodeRef writer = lineage.write(lineage.source(2));
  NodeRef kept = lineage.persist(lineage.read({writer}, 4));
  FakeCluster cluster;
};

// Two tasks on two executors, of which the one on executor 1 failed.
struct FailedOnOne {
  FailedOnOne() {
    cluster.join(1);
    cluster.join(2);
    cluster.submit(1, lineage.result(lineage.source(2)));
    cluster.fail(0);
  }

  Lineage lineage;
  FakeCluster cluster{{.max_task_failures = 4}};
};

}  // namespace

TEST_CASE("tasks wait 3 s for an executor that has their blocks, then others take them") {
  OneHasAll run;
  auto& cluster = run.cluster;
  REQUIRE(cluster.running.size() == 1);
  REQUIRE(cluster.wake_at == cluster.now + 3s);
  // Executor 1 hangs: nothing else happens.
  cluster.wake();
  REQUIRE(cluster.running.size() == 2);
  REQUIRE(cluster.running.at(1).executor == ExecutorId{2});
  REQUIRE_FALSE(cluster.wake_at);
  cluster.run(1);
  // Executor 2 is free again, and waits as long as before.
  REQUIRE(cluster.running.size() == 1);
  REQUIRE(cluster.wake_at == cluster.now + 3s);
  cluster.wake();
  cluster.run(1);
  cluster.wake();
  cluster.run(1);
  REQUIRE(cluster.given[JobId{2}].size() == 3);
  cluster.lose(1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE(
    "the wait is over at any event that comes late enough, and too early a wake ends nothing") {
  OneHasAll run;
  auto& cluster = run.cluster;
  cluster.now += 2s;
  cluster.send(TimePassed{});
  REQUIRE(cluster.running.size() == 1);
  cluster.now += 1s;
  cluster.join(3);
  REQUIRE(cluster.running.size() == 3);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("nobody is woken where no slot is free, or nothing waits for an executor") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  const auto kept = lineage.persist(lineage.source(4));
  cluster.submit(1, lineage.result(kept));
  cluster.run_all();
  cluster.submit(2, lineage.result(kept));
  cluster.run_all();
  cluster.join(2);
  cluster.submit(3, lineage.result(lineage.source(9)));
  cluster.submit(4, lineage.result(kept));
  REQUIRE(cluster.all<WakeAt>().empty());
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(4));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task that could not be computed elsewhere waits for its block for good") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1);
  const auto writer = lineage.write(lineage.source(2));
  const auto kept = lineage.persist(lineage.read({writer}, 2));
  cluster.submit(1, lineage.result(kept));
  cluster.run_all();
  cluster.send(ShuffleForgotten{writer->shuffle()});
  cluster.join(2);
  cluster.submit(2, lineage.result(kept));
  REQUIRE(cluster.running.size() == 1);
  REQUIRE_FALSE(cluster.wake_at);
  cluster.now += 1h;
  cluster.send(TimePassed{});
  REQUIRE(cluster.running.size() == 1);
  // It is lost where it hangs for too long: then its parents run again.
  cluster.lose(1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(writer) == 4);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a failed task waits 3 s for another executor, then runs where it failed") {
  FailedOnOne run;
  auto& cluster = run.cluster;
  REQUIRE(cluster.running.size() == 1);
  cluster.wake();
  REQUIRE(cluster.running.size() == 2);
  REQUIRE(cluster.running.at(1).executor == ExecutorId{1});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a failed task runs on the only executor that is left, though it failed there") {
  FailedOnOne run;
  auto& cluster = run.cluster;
  cluster.lose(2);
  REQUIRE(cluster.running.size() == 1);
  REQUIRE(cluster.running.at(0).executor == ExecutorId{1});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a task that two executors have the block of does not run where it was evicted") {
  OneHasAll run({.max_stage_attempts = 1});
  auto& cluster = run.cluster;
  // Executor 2 waits long enough to compute one partition for itself, and so there are two copies.
  cluster.wake();
  const auto twice = cluster.running.at(1).partition;
  cluster.run_all();
  const BlockId block{run.kept->id(), twice};
  for (const std::uint64_t id : {1, 2}) {
    REQUIRE(cluster.executors.at(ExecutorId{id}).blocks.contains(block));
  }
  cluster.send(ShuffleForgotten{run.writer->shuffle()});
  cluster.submit(3, run.lineage.result(run.lineage.source(2)));
  cluster.send(JobSubmitted{JobId{4}, run.lineage.result(run.kept), {twice}});
  cluster.executors.at(ExecutorId{1}).blocks.erase(block);
  cluster.send(BlocksDropped{ExecutorId{1}, {block}});
  cluster.run(0);
  REQUIRE(cluster.running.size() == 1);
  cluster.run(0);
  REQUIRE(cluster.running.at(0).executor == ExecutorId{2});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(4));
  REQUIRE(cluster.computed_in(run.writer) == 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("blocks that no executor has together replace no shuffle") {
  Lineage lineage;
  FakeCluster cluster({.max_stage_attempts = 1});
  const auto left_writer = lineage.write(lineage.source(1));
  const auto right_writer = lineage.write(lineage.source(1));
  const auto left = lineage.persist(lineage.read({left_writer}, 1));
  const auto right = lineage.persist(lineage.read({right_writer}, 1));
  cluster.join(1);
  cluster.submit(1, lineage.result(left));
  cluster.run_all();
  cluster.join(2);
  cluster.submit(2, lineage.result(lineage.source(1)));  // keeps executor 1 busy
  REQUIRE(cluster.running.at(0).executor == ExecutorId{1});
  cluster.submit(3, lineage.result(right));
  cluster.run(1);
  cluster.run(1);
  REQUIRE(cluster.executors.at(ExecutorId{2}).blocks.size() == 1);
  cluster.run_all();
  cluster.send(ShuffleForgotten{left_writer->shuffle()});
  cluster.send(ShuffleForgotten{right_writer->shuffle()});
  cluster.submit(4, lineage.result(lineage.zip(left, right)));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(4));
  REQUIRE(cluster.computed_in(left_writer) == 1);
  REQUIRE(cluster.computed_in(right_writer) == 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("blocks that were evicted without a word cost their parents, not the job") {
  Lineage lineage;
  FakeCluster cluster({.max_stage_attempts = 1});
  cluster.join(1);
  const auto writer = lineage.write(lineage.source(2));
  const auto kept = lineage.persist(lineage.read({writer}, 6));
  cluster.submit(1, lineage.result(kept));
  cluster.run_all();
  cluster.send(ShuffleForgotten{writer->shuffle()});
  auto& blocks = cluster.executors.at(ExecutorId{1}).blocks;
  REQUIRE(blocks.size() == 6);
  blocks.erase(blocks.begin(), std::next(blocks.begin(), 3));
  cluster.submit(2, lineage.result(kept));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(writer) == 4);
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
