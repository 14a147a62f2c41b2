// Driver and executors in one process.
#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/executor_threads.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/message_kind.hpp"
#include "tests/cluster/observed.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

std::string executor_of(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(::getpid()) + " " + std::to_string(task.stores().self.value);
}

std::string writes(PartitionId partition, TaskContext&, ShuffleId) {
  return "map " + std::to_string(partition.value);
}

std::string waits_for_its_end(PartitionId, TaskContext& task, ShuffleId) {
  for (;;) {
    task.check_stop();
    std::this_thread::yield();
  }
}

std::string throws(PartitionId, TaskContext&, ShuffleId) { throw std::domain_error("no such row"); }

std::unique_ptr<Processes> in_threads(const ProcessesOptions& options,
                                      MemoryNetwork::Faults faults = {}) {
  return std::make_unique<Processes>(
      options, nullptr, executors_in_threads(std::make_shared<MemoryNetwork>(std::move(faults))));
}

}  // namespace

TEST_CASE("the tasks of a mini cluster run in this process, on all of its executors") {
  ProcessesOptions options;
  options.executors = 3;
  Driver driver(in_threads(options));
  CHECK(driver.executors().size() == 3);
  const auto stage = std::make_shared<TextStage<executor_of>>(RddId{1}, 30);
  const auto here = std::to_string(::getpid());
  for (const auto& text : texts(driver.run(stage, all_partitions(30)))) {
    CHECK((text == here + " 0" || text == here + " 1" || text == here + " 2"));
  }
}

TEST_CASE("the executors of a mini cluster fetch each other's map outputs as messages") {
  std::atomic<int> buckets{0};
  ProcessesOptions options;
  options.executors = 2;
  Driver driver(in_threads(options, [&](std::string_view frame) {
    if (kind_in(frame) == kind_of<Bucket>) ++buckets;
    return Fate::arrives;
  }));
  const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 4));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 4, std::vector{writer});
  const auto values = texts(driver.run(stage, all_partitions(4)));
  for (std::uint32_t reduce = 0; reduce < 4; ++reduce) {
    const auto to = "->" + std::to_string(reduce) + " ";
    CHECK(values[reduce] == "map 0" + to + "map 1" + to + "map 2" + to + "map 3" + to);
  }
  CHECK(buckets > 0);
}

TEST_CASE(
    "a block that is altered once is fetched again, one that is altered twice is made again "
    "[scenario-19]",
    "[scenario-19]") {
  for (const int times : {1, 2}) {
    int altered = 0;
    ProcessesOptions options;
    options.executors = 2;
    Observed observed;
    Driver driver(in_threads(options, [&](std::string_view frame) {
      if (kind_in(frame) != kind_of<Bucket> || altered == times) return Fate::arrives;
      ++altered;
      return Fate::altered;
    }));
    observed.observe(driver);
    const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 8));
    const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 8, std::vector{writer});
    // One reducer, so that the second request is the first one's again.
    std::string expected;
    for (int map = 0; map < 8; ++map) expected += "map " + std::to_string(map) + "->0 ";
    CHECK(texts(driver.run(stage, {PartitionId{0}})).front() == expected);
    CHECK(altered == times);
    CHECK(observed.ended(Observed::How::fetch_failed) == (times == 1 ? 0 : 1));
    CHECK(observed.again(RddId{1}).size() == (times == 1 ? 0 : 1));
  }
}

TEST_CASE(
    "blocks that are altered each time are never taken: the job says what happened to them, or "
    "made them again where they are needed [scenario-11]",
    "[scenario-11]") {
  ProcessesOptions options;
  options.executors = 2;
  Driver driver(in_threads(options, [](std::string_view frame) {
    return kind_in(frame) == kind_of<Bucket> ? Fate::altered : Fate::arrives;
  }));
  const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 4));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{2}, 4, std::vector{writer});
  try {
    const auto values = texts(driver.run(stage, all_partitions(4)));
    for (std::uint32_t reduce = 0; reduce < 4; ++reduce) {
      const auto to = "->" + std::to_string(reduce) + " ";
      CHECK(values[reduce] == "map 0" + to + "map 1" + to + "map 2" + to + "map 3" + to);
    }
  } catch (const JobError& error) {
    CHECK_THAT(error.what(), contains_text("the checksum does not match"));
  }
}

TEST_CASE("an exception in a mini cluster is the error of its job, after four attempts") {
  Driver driver(in_threads({}), four_failures());
  const auto text = failure_of(driver, std::make_shared<TextStage<throws>>(RddId{1}, 1), 1);
  CHECK_THAT(text, contains_text("no such row [std::domain_error]"));
  CHECK_THAT(text, contains_text("failed 4 times"));
}

TEST_CASE("a mini cluster ends while its tasks run: they are stopped at their next check") {
  std::future<std::string> running;
  {
    ProcessesOptions options;
    options.executors = 2;
    Driver driver(in_threads(options));
    std::promise<void> submitted;
    running = std::async(std::launch::async, [&] {
      try {
        driver.run(std::make_shared<TextStage<waits_for_its_end>>(RddId{1}, 2), all_partitions(2),
                   [&](JobId) { submitted.set_value(); });
      } catch (const CancelledError& error) {
        return std::string(error.what());
      }
      return std::string("it went on");
    });
    submitted.get_future().wait();
  }
  CHECK_THAT(running.get(), contains_text("the driver is being closed"));
}
