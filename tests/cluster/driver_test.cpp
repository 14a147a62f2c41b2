#include "kindred/cluster/driver.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include "kindred/cluster/local_threads.hpp"
#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/stages.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;
using cluster::Driver;
using cluster::LocalThreads;

std::unique_ptr<LocalThreads> threads(std::uint32_t count) {
  return std::make_unique<LocalThreads>(count, std::make_shared<MemoryManager>());
}

std::string name_of(PartitionId partition, TaskContext&, ShuffleId) {
  return "part " + std::to_string(partition.value);
}

std::string fails_at_two(PartitionId partition, TaskContext&, ShuffleId) {
  if (partition.value == 2) throw std::domain_error("no twos here");
  return {};
}

std::string until_stopped(PartitionId, TaskContext& task, ShuffleId) {
  for (;;) {
    task.check_stop();
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("a job gives its values in the order in which its partitions were named") {
  Driver driver(threads(2));
  const auto stage = std::make_shared<TextStage<name_of>>(RddId{1}, 5);
  const auto values = driver.run(stage, {PartitionId{4}, PartitionId{0}, PartitionId{3}});
  CHECK(texts(values) == std::vector<std::string>{"part 4", "part 0", "part 3"});
}

TEST_CASE("a job of no partitions gives no values and asks for no executor") {
  Driver driver(threads(1));
  CHECK(driver.run(std::make_shared<TextStage<name_of>>(RddId{1}, 5), {}).empty());
}

TEST_CASE("a job of many tasks gives each value once") {
  Driver driver(threads(3));
  const auto values =
      driver.run(std::make_shared<TextStage<name_of>>(RddId{1}, 2000), all_partitions(2000));
  REQUIRE(values.size() == 2000);
  for (std::uint32_t i = 0; i < 2000; ++i) {
    REQUIRE(*static_cast<const std::string*>(values[i].get()) == "part " + std::to_string(i));
  }
}

TEST_CASE("reducers read what map tasks wrote, in map order") {
  Driver driver(threads(2));
  const NodeRef writer(std::make_shared<TextWriter<name_of>>(RddId{1}, 3));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 2, std::vector{writer});
  CHECK(
      texts(driver.run(stage, all_partitions(2))) ==
      std::vector<std::string>{"part 0->0 part 1->0 part 2->0 ", "part 0->1 part 1->1 part 2->1 "});
}

TEST_CASE("a function's exception arrives with its text, type, op, stage and partition") {
  Driver driver(threads(2));
  const auto stage = std::make_shared<TextStage<fails_at_two>>(RddId{1}, 4);
  try {
    driver.run(stage, all_partitions(4));
    FAIL("no exception");
  } catch (const JobError& error) {
    CHECK(error.failure().message == "no twos here");
    CHECK(error.failure().type == "std::domain_error");
    CHECK(error.failure().op == "test_op at stages.hpp:1");
    CHECK(error.failure().partition == 2);
  }
  CHECK(driver.run(stage, {PartitionId{1}}).size() == 1);
}

TEST_CASE("jobs of several threads run at the same time and get their own values") {
  Driver driver(threads(2));
  constexpr int kCallers = 4;
  std::vector<std::future<bool>> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.push_back(std::async(std::launch::async, [&driver, caller] {
      const auto first = static_cast<std::uint32_t>(caller) * 10;
      const auto stage = std::make_shared<TextStage<name_of>>(RddId{first}, 100);
      for (int i = 0; i < 50; ++i) {
        const auto values = driver.run(stage, {PartitionId{first}, PartitionId{first + 1}});
        if (texts(values) != std::vector<std::string>{"part " + std::to_string(first),
                                                      "part " + std::to_string(first + 1)}) {
          return false;
        }
      }
      return true;
    }));
  }
  for (auto& caller : callers) CHECK(caller.get());
}

TEST_CASE("a job that is cancelled while it runs throws the reason, and the next job runs") {
  Driver driver(threads(1));
  std::promise<void> started;
  driver.observe([&](const scheduler::Action& action) {
    if (std::holds_alternative<scheduler::StageStarted>(action)) started.set_value();
  });
  JobId id;
  auto running = std::async(std::launch::async, [&] {
    driver.run(std::make_shared<TextStage<until_stopped>>(RddId{1}, 2), all_partitions(2),
               [&](JobId job) { id = job; });
  });
  started.get_future().wait();
  driver.cancel(id, "the user changed their mind");
  CHECK_THROWS_WITH(running.get(), contains_text("the user changed their mind"));
}

TEST_CASE("a job that is cancelled before it was submitted never starts") {
  Driver driver(threads(1));
  const auto stage = std::make_shared<TextStage<until_stopped>>(RddId{1}, 2);
  CHECK_THROWS_AS(driver.run(stage, all_partitions(2),
                             [&](JobId job) { driver.cancel(job, "too early to start"); }),
                  CancelledError);
  const auto next = std::make_shared<TextStage<name_of>>(RddId{2}, 1);
  CHECK(texts(driver.run(next, all_partitions(1))) == std::vector<std::string>{"part 0"});
}

TEST_CASE("an observer that throws disturbs no job") {
  Driver driver(threads(1));
  driver.observe([](const auto&) { throw std::runtime_error("thrown by the test's observer"); });
  const auto stage = std::make_shared<TextStage<name_of>>(RddId{2}, 1);
  CHECK(texts(driver.run(stage, all_partitions(1))) == std::vector<std::string>{"part 0"});
}

TEST_CASE("closing the driver cancels a job that runs") {
  auto driver = std::make_unique<Driver>(threads(2));
  std::latch started(1);
  std::atomic<bool> once{false};
  driver->observe([&](const scheduler::Action& action) {
    if (std::holds_alternative<scheduler::StageStarted>(action) && !once.exchange(true)) {
      started.count_down();
    }
  });
  auto running = std::async(std::launch::async, [job = driver.get()] {
    job->run(std::make_shared<TextStage<until_stopped>>(RddId{1}, 4), all_partitions(4));
  });
  started.wait();
  driver.reset();
  CHECK_THROWS_AS(running.get(), CancelledError);
}

TEST_CASE("observers see a stage start and end, and a stage whose outputs are there skipped") {
  std::vector<std::string> seen;
  {
    Driver driver(threads(2));
    driver.observe([&](const scheduler::Action& action) {
      if (std::holds_alternative<scheduler::StageStarted>(action)) seen.push_back("started");
      if (std::holds_alternative<scheduler::StageFinished>(action)) seen.push_back("finished");
      if (std::holds_alternative<scheduler::StageSkipped>(action)) seen.push_back("skipped");
    });
    const NodeRef writer(std::make_shared<TextWriter<name_of>>(RddId{1}, 2));
    const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 1, std::vector{writer});
    driver.run(stage, all_partitions(1));
    driver.run(stage, all_partitions(1));
  }
  CHECK(std::count(seen.begin(), seen.end(), "started") == 3);
  CHECK(std::count(seen.begin(), seen.end(), "finished") == 3);
  CHECK(std::count(seen.begin(), seen.end(), "skipped") == 1);
}

TEST_CASE("a forgotten shuffle's map outputs leave the executor") {
  auto backend = threads(2);
  auto& stores = backend->stores();
  Driver driver(std::move(backend));
  const NodeRef writer(std::make_shared<TextWriter<name_of>>(RddId{1}, 2));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 1, std::vector{writer});
  driver.run(stage, all_partitions(1));
  CHECK(stores.shuffles.size() == 1);
  driver.forget_shuffle(ShuffleId{1});
  // Whoever is at work on the queue drops them; a later job ends after that.
  driver.run(std::make_shared<TextStage<name_of>>(RddId{3}, 1), all_partitions(1));
  CHECK(stores.shuffles.size() == 0);
}
