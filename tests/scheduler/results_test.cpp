// Results that wait on their executors until the driver has read them.
#include "tests/catch.hpp"
#include "tests/scheduler/fake.hpp"

namespace kindred::test {
namespace {

Done result_of(std::size_t bytes) {
  Done done;
  done.value.bytes = std::string(bytes, 'x');
  return done;
}

}  // namespace

TEST_CASE("a task whose result waits is not done before the result is here", "[scenario-27]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.source(1)));
  cluster.announce(0, 1000);
  REQUIRE(cluster.all<FetchResult>().size() == 1);
  CHECK(cluster.all<TaskFinished>().empty());
  CHECK(cluster.ended.empty());
  cluster.announce(0, 1000);  // the same message again
  CHECK(cluster.all<FetchResult>().size() == 1);
  cluster.end(0, result_of(1000));
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a result that is lost before it was read is computed again elsewhere [scenario-27]",
          "[scenario-27]") {
  Lineage lineage;
  FakeCluster cluster({.max_task_failures = 1});
  cluster.join(1, 1);
  cluster.join(2, 1);
  cluster.submit(1, lineage.result(lineage.source(1)));
  const auto first = cluster.running.at(0).executor;
  cluster.announce(0, 1000);
  cluster.end(0, Lost{"a piece is not there"});
  REQUIRE(cluster.running.size() == 1);
  CHECK(cluster.running.at(0).executor != first);
  const auto losses = cluster.all<DataLost>();
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].tasks == 1);
  CHECK_FALSE(losses[0].executor_gone);
  CHECK(cluster.all<TaskFinished>().at(0).how == TaskFinished::How::lost);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.launched() == 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("blocks of a task whose result was lost stay known where they are") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 1);
  const auto kept = lineage.persist(lineage.source(1));
  cluster.submit(1, lineage.result(kept));
  const auto done = std::get<Done>(cluster.work(cluster.running.at(0)));
  REQUIRE(done.cached.size() == 1);
  cluster.announce(0, 1000);
  cluster.end(0, Lost{"a piece is not there", done.cached});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  cluster.send(RddUnpersisted{kept->id()});
  CHECK(cluster.all<DropBlocks>().size() == 1);
}

TEST_CASE("a result that is lost four times fails its job, and the error says so") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 1);
  cluster.submit(1, lineage.result(lineage.source(1)));
  for (int i = 0; i < 4; ++i) {
    cluster.announce(0, 1000);
    cluster.end(0, Lost{"a piece is not there"});
  }
  REQUIRE(cluster.ended_with<JobFailed>(1));
  CHECK(cluster.failure(1).type == "Lost");
  CHECK_THAT(cluster.failure(1).message,
             contains_text("the task's result was lost before the driver had it: a piece is not"));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a result that waits is lost with its executor, and what was announced counts no more") {
  Lineage lineage;
  FakeCluster cluster({.max_result_bytes = 150});
  cluster.join(1, 1);
  cluster.submit(1, lineage.result(lineage.source(1)));
  cluster.announce(0, 100);
  cluster.lose(1);
  cluster.join(2, 1);
  cluster.announce(0, 100);
  cluster.end(0, result_of(100));
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.all<FetchResult>().size() == 2);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("announced results over the limit fail their job before any is read [scenario-27]",
          "[scenario-27]") {
  Lineage lineage;
  FakeCluster cluster({.max_result_bytes = 100});
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.source(3)));
  cluster.end(0, result_of(1));
  cluster.announce(0, 200);
  REQUIRE(cluster.ended_with<JobFailed>(1));
  CHECK(cluster.all<FetchResult>().empty());
  CHECK_THAT(cluster.failure(1).message,
             contains_text("2 of 3 tasks have 201 bytes") &&
                 contains_text("kindred.driver.max_result_size is 100"));
  // So that the executors drop what waits there.
  CHECK(cluster.all<KillTask>().size() == 2);
  cluster.run_all();
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a result that is announced after its job has ended is dropped") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.source(1)));
  cluster.cancel(1);
  REQUIRE(cluster.all<KillTask>().size() == 1);
  cluster.announce(0, 1000);
  CHECK(cluster.all<KillTask>().size() == 2);
  CHECK(cluster.all<FetchResult>().empty());
  cluster.end(0, Killed{"asked"});
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("results that come as objects count towards the limit too", "[scenario-27]") {
  Lineage lineage;
  FakeCluster cluster({.max_result_bytes = 100});
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.source(2)));
  Done done;
  done.value.object_bytes = 60;
  cluster.end(0, done);
  CHECK(cluster.ended.empty());
  cluster.end(0, done);
  REQUIRE(cluster.ended_with<JobFailed>(1));
  CHECK_THAT(cluster.failure(1).message, contains_text("2 of 2 tasks have 120 bytes"));
}

}  // namespace kindred::test
