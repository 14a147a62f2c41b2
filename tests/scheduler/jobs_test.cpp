#include "tests/scheduler/fake.hpp"

namespace kindred::test {

TEST_CASE("a stage that two jobs share runs once and counts for both") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  const auto writer = lineage.write(lineage.source(3));
  cluster.submit(1, lineage.result(lineage.read({writer}, 2)));
  cluster.submit(2, lineage.result(lineage.read({writer}, 4)));
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(writer) == 3);
  REQUIRE(cluster.all<StageStarted>().size() == 3);
  REQUIRE(cluster.all<StageSkipped>().empty());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("slots go to the job that was submitted first, whatever its id") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  cluster.submit(8, lineage.result(lineage.source(5)));
  cluster.submit(3, lineage.result(lineage.source(5)));
  std::vector<std::uint64_t> order;
  while (!cluster.running.empty()) {
    order.push_back(cluster.running.at(0).stage->job.value);
    cluster.run(0);
  }
  REQUIRE(order == std::vector<std::uint64_t>{8, 8, 8, 8, 8, 3, 3, 3, 3, 3});
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a later job takes the slots that an earlier one leaves free") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  cluster.submit(1, lineage.result(lineage.shuffle(lineage.source(1), 4)));
  cluster.submit(2, lineage.result(lineage.source(6)));
  REQUIRE(cluster.running.size() == 4);
  cluster.run(0);
  // The earlier job's second stage is first in the queue again.
  REQUIRE(cluster.running.back().stage->job == JobId{1});
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(1));
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("tasks are spread over the executors that have least to do") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  cluster.join(2, 4);
  cluster.join(3, 4);
  cluster.submit(1, lineage.result(lineage.source(6)));
  REQUIRE(cluster.batches == std::vector<std::size_t>{2, 2, 2});
  cluster.submit(2, lineage.result(lineage.source(3)));
  REQUIRE(cluster.batches == std::vector<std::size_t>{2, 2, 2, 1, 1, 1});
  cluster.run_all();
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a cancelled job's tasks are killed, and their slots are free once they have ended") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(4)));
  cluster.submit(2, lineage.result(lineage.source(1)));
  cluster.cancel(1);
  REQUIRE(cluster.ended_with<JobStopped>(1));
  REQUIRE(cluster.all<KillTask>().size() == 2);
  REQUIRE(cluster.launched() == 2);
  cluster.run_all();
  REQUIRE(cluster.launched() == 3);
  REQUIRE(cluster.given[JobId{1}].empty());
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a cancelled job leaves the stages that another job needs alone", "[scenario-15]") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  const auto writer = lineage.write(lineage.source(3));
  cluster.submit(1, lineage.result(lineage.read({writer}, 2)));
  cluster.submit(2, lineage.result(lineage.read({writer}, 2)));
  cluster.cancel(1);
  REQUIRE(cluster.all<KillTask>().empty());
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobStopped>(1));
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(writer) == 3);
  REQUIRE(cluster.launched() == 5);
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a job whose results are too large together fails with the numbers [scenario-27]",
          "[scenario-27]") {
  Lineage lineage;
  FakeCluster cluster({.max_result_bytes = 100});
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.source(3)));
  const auto result_of = [](std::size_t size) {
    Done done;
    done.value.bytes = std::string(size, 'x');
    return done;
  };
  cluster.end(0, result_of(60));
  cluster.end(0, result_of(40));
  REQUIRE(cluster.ended.empty());
  cluster.end(0, result_of(1));
  REQUIRE(cluster.ended_with<JobFailed>(1));
  CHECK_THAT(cluster.failure(1).message, contains_text("3 of 3 tasks have 101 bytes") &&
                                             contains_text("max_result_size is 100"));
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a cancelled stage ends the jobs that need it, and no others", "[scenario-40]") {
  Lineage lineage;
  const auto shared = lineage.write(lineage.source(2));
  FakeCluster cluster;
  cluster.join(1, 8);
  cluster.submit(1, lineage.result(lineage.read({shared}, 2)));
  cluster.submit(2, lineage.result(lineage.read({shared}, 2)));
  cluster.submit(3, lineage.result(lineage.source(2)));
  const auto stage = cluster.running.at(0).stage->stage;
  cluster.send(StageCancelled{stage, "stage 0: too late"});
  REQUIRE(cluster.ended_with<JobStopped>(1));
  REQUIRE(cluster.ended_with<JobStopped>(2));
  CHECK(std::get<JobStopped>(cluster.ended.at(JobId{2})).reason == "stage 0: too late");
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(3));
  cluster.send(StageCancelled{stage, "once more"});
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a map task that ends well after its job was cancelled saves the next job the work") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 1);
  const auto writer = lineage.write(lineage.source(2));
  const auto result = lineage.result(lineage.read({writer}, 1));
  cluster.submit(1, result);
  cluster.cancel(1);
  cluster.running.at(0).killed = false;  // it was done before the message came
  cluster.submit(2, result);
  REQUIRE(cluster.running.size() == 1);
  cluster.run_all();
  REQUIRE(cluster.ended_with<JobSucceeded>(2));
  REQUIRE(cluster.computed_in(writer) == 2);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("an output of a shuffle that was forgotten meanwhile is dropped when its task ends") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 1);
  const auto writer = lineage.write(lineage.source(1));
  cluster.submit(1, lineage.result(lineage.read({writer}, 1)));
  cluster.cancel(1);
  cluster.running.at(0).killed = false;
  cluster.send(ShuffleForgotten{writer->shuffle()});
  REQUIRE(cluster.all<DropShuffle>().empty());
  cluster.run_all();
  REQUIRE(cluster.all<DropShuffle>().size() == 1);
  REQUIRE(cluster.executors.at(ExecutorId{1}).outputs.empty());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("a cancelled job whose executor dies leaves nothing behind") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 2);
  cluster.submit(1, lineage.result(lineage.source(2)));
  cluster.cancel(1);
  REQUIRE_FALSE(cluster.scheduler.idle());
  cluster.lose(1);
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

TEST_CASE("an unneeded recomputation ends with the job that needed it") {
  Lineage lineage;
  FakeCluster cluster;
  cluster.join(1, 4);
  const auto writer = lineage.write(lineage.source(1));
  cluster.submit(1, lineage.result(lineage.read({writer}, 2)));
  cluster.run(0);
  REQUIRE(cluster.running.size() == 2);
  cluster.end(0, FetchFailed{writer->shuffle(), PartitionId{0}, ExecutorId{1}, "too slow"});
  REQUIRE(cluster.running.at(1).is_map());
  cluster.cancel(1);
  REQUIRE(cluster.all<KillTask>().size() == 2);
  cluster.run_all();
  REQUIRE(cluster.all_finished());
  REQUIRE(cluster.scheduler.idle());
}

}  // namespace kindred::test
