// Scenarios of the failure suite over real processes: lost map outputs, failed fetches, results
// that cannot be sent, tasks that ignore their end, and random kills.
#include <csignal>
#include <fstream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include "kindred/cluster/local_threads.hpp"
#include "kindred/engine/task_failure.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/observed.hpp"
#include "tests/cluster/process_cases.hpp"
#include "tests/cluster/scene.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

std::string writes(PartitionId partition, TaskContext&, ShuffleId) {
  return "map " + std::to_string(partition.value);
}

// The first executor dies with the first reducer that has read all, and its map outputs with it.
std::string dies_once_while_reading(PartitionId partition, TaskContext& task, ShuffleId reads) {
  auto text = read_all(partition, task, reads);
  const bool in_process = std::getenv(kScene) != nullptr;
  if (in_process && first_executor(task) && once("death")) ::kill(::getpid(), SIGKILL);
  return text;
}

// Says that a map output could not be had, the first times it is asked.
template <int times>
std::string cannot_fetch(PartitionId partition, TaskContext& task, ShuffleId reads) {
  for (int i = 0; i < times && partition.value == 0; ++i) {
    if (!once("failure " + std::to_string(i))) continue;
    throw detail::FetchFailure({reads, PartitionId{1}, task.locations(reads)[1], "a test"});
  }
  return read_all(partition, task, reads);
}

std::string throws_an_int(PartitionId partition, TaskContext&, ShuffleId) {
  if (partition.value == 0) throw 42;
  return {};
}

std::string throws_much(PartitionId, TaskContext&, ShuffleId) {
  throw std::runtime_error(std::string("\xff\xfe") + std::string(1 << 20, 'x') + "end");
}

std::string process_of(PartitionId, TaskContext&, ShuffleId) { return std::to_string(::getpid()); }

std::string ignores_its_end(PartitionId, TaskContext&, ShuffleId) {
  tell("runs in " + std::to_string(::getpid()));
  for (;;) ::pause();
}

std::string waits_for_the_test(PartitionId, TaskContext& task, ShuffleId) {
  tell("runs");
  while (!happened("the test is done")) std::this_thread::yield();
  return std::to_string(task.stores().self.value);
}

// A result that cannot be written down, or not be read.
template <bool read>
class BadValue : public StageEnd {
 public:
  BadValue(RddId id, std::uint32_t partitions)
      : StageEnd(id, NodeKind::result, partitions, {}, test_op()) {}
  Output run(PartitionId, TaskContext&) const override {
    return {std::make_shared<const std::string>("value"), {}};
  }
  std::string encode_value(const void*) const override {
    if constexpr (!read) throw std::logic_error("it has a socket inside");
    return "value";
  }
  std::shared_ptr<const void> decode_value(std::string_view) const override {
    throw std::logic_error("it makes no sense here");
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    return std::make_shared<BadValue>(in.id, in.partitions);
  }

 private:
  const void* factory() const override { return detail::node_factory<BadValue>(); }
  void encode(LineageWriter&) const override {}
};

std::vector<std::string> run(Driver& driver, const std::shared_ptr<const StageEnd>& stage) {
  return texts(driver.run(stage, all_partitions(stage->partitions())));
}

std::vector<std::string> run_in_threads(const std::shared_ptr<const StageEnd>& stage) {
  Driver driver(std::make_unique<LocalThreads>(2, std::make_shared<MemoryManager>()));
  return run(driver, stage);
}

// The processes that this one has started and not yet reaped.
std::vector<pid_t> children() {
  std::vector<pid_t> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream in(thread.path() / "children");
    for (pid_t pid = 0; in >> pid;) found.push_back(pid);
  }
  return found;
}

template <int times>
void succeeds_after_failures() {
  const Scene scene;
  Observed observed;
  Driver driver(processes(2), four_failures());
  observed.observe(driver);
  const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 4));
  const auto stage =
      std::make_shared<TextStage<cannot_fetch<times>>>(RddId{2}, 4, std::vector{writer});
  const auto values = run(driver, stage);
  CHECK(values[0] == "map 0->0 map 1->0 map 2->0 map 3->0 ");
  CHECK(observed.ended(Observed::How::fetch_failed) == times);
  CHECK(observed.again(RddId{1}).count(1) >= 1);
}

}  // namespace

TEST_CASE("only the map outputs of a lost executor are made again, then reducers [scenario-8]",
          "[scenario-8]") {
  const NodeRef writer(std::make_shared<TextWriter<writes>>(RddId{1}, 4));
  const auto stage =
      std::make_shared<TextStage<dies_once_while_reading>>(RddId{2}, 4, std::vector{writer});
  const auto expected = run_in_threads(stage);
  const Scene scene;
  Observed observed;
  Driver driver(processes(2));
  observed.observe(driver);
  CHECK(run(driver, stage) == expected);
  const auto on_lost = observed.first_on(RddId{1}, ExecutorId{0});
  CHECK(on_lost.size() == 2);
  CHECK(observed.again(RddId{1}) == on_lost);
  // Reducers: each was done once, and what was lost or could not fetch ran again.
  using How = Observed::How;
  CHECK(observed.ended(How::done) == 4 + 2 + 4);
  CHECK(observed.launches(RddId{2}).size() ==
        4 + observed.ended(How::lost) + observed.ended(How::fetch_failed));
}

TEST_CASE("two shuffles with outputs on one lost executor are both made again [scenario-9]",
          "[scenario-9]") {
  const NodeRef first(std::make_shared<TextWriter<writes>>(RddId{1}, 4));
  const NodeRef second(std::make_shared<TextWriter<read_all>>(RddId{2}, 4, std::vector{first}));
  const auto stage =
      std::make_shared<TextStage<dies_once_while_reading>>(RddId{3}, 4, std::vector{second});
  const auto expected = run_in_threads(stage);
  const Scene scene;
  Observed observed;
  Driver driver(processes(2));
  observed.observe(driver);
  CHECK(run(driver, stage) == expected);
  CHECK(observed.again(RddId{1}) == observed.first_on(RddId{1}, ExecutorId{0}));
  const auto again = observed.again(RddId{2});
  for (const auto partition : observed.first_on(RddId{2}, ExecutorId{0})) {
    CHECK(again.contains(partition));
  }
}

TEST_CASE("a reducer that fails to fetch one, two or three times succeeds then [scenario-10]",
          "[scenario-10]") {
  succeeds_after_failures<1>();
  succeeds_after_failures<2>();
  succeeds_after_failures<3>();
}

TEST_CASE(
    "a result that cannot be written down or read, or an odd exception, is a clear error, "
    "and costs no executor [scenario-28]",
    "[scenario-28]") {
  Driver driver(processes(1), four_failures());
  const auto process = std::make_shared<TextStage<process_of>>(RddId{9}, 1);
  const auto before = run(driver, process);
  CHECK_THAT(failure_of(driver, std::make_shared<BadValue<false>>(RddId{1}, 2), 2),
             contains_text("it has a socket inside [std::logic_error]"));
  CHECK_THROWS_WITH(driver.run(std::make_shared<BadValue<true>>(RddId{2}, 1), all_partitions(1)),
                    contains_text("it makes no sense here"));
  const auto text = failure_of(driver, std::make_shared<TextStage<throws_an_int>>(RddId{3}, 2), 2);
  CHECK_THAT(text, contains_text("an exception that is no std::exception [int]"));
  CHECK_THAT(text, contains_text("failed 4 times"));
  CHECK_THAT(failure_of(driver, std::make_shared<TextStage<throws_much>>(RddId{4}, 1), 1),
             contains_text("xend [std::runtime_error]"));
  CHECK(run(driver, process) == before);
}

TEST_CASE("a task that ignores its end costs its executor, and the next job runs [scenario-40]",
          "[scenario-40]") {
  Scene scene;
  auto options = impatient(1);
  options.kill_timeout = std::chrono::milliseconds(200);
  Driver driver(processes(options));
  auto running = std::async(std::launch::async, [&driver] {
    return failure_of(driver, std::make_shared<TextStage<ignores_its_end>>(RddId{1}, 3), 3);
  });
  const auto told = scene.next();
  driver.cancel_all("enough");
  CHECK_THAT(running.get(), contains_text("enough"));
  const auto process = std::make_shared<TextStage<process_of>>(RddId{2}, 2);
  for (const auto& pid : run(driver, process)) CHECK("runs in " + pid != told);
  CHECK(scene.all().empty());
}

TEST_CASE("a cancelled task that waits for a thread ends at once, whatever runs before it") {
  Scene scene;
  auto options = impatient(1);
  options.kill_timeout = std::chrono::milliseconds(50);
  Driver driver(processes(options));
  std::promise<void> queued;
  std::promise<void> killed;
  driver.observe([&](const scheduler::Action& action) {
    const auto* launch = std::get_if<scheduler::LaunchTasks>(&action);
    if (launch != nullptr && launch->stage->end->id() == RddId{2}) queued.set_value();
    const auto* end = std::get_if<scheduler::TaskFinished>(&action);
    if (end != nullptr && end->how == Observed::How::killed) killed.set_value();
  });
  auto first = std::async(std::launch::async, [&] {
    return run(driver, std::make_shared<TextStage<waits_for_the_test>>(RddId{1}, 1));
  });
  CHECK(scene.next() == "runs");
  JobId second;
  auto cancelled = std::async(std::launch::async, [&] {
    driver.run(std::make_shared<TextStage<process_of>>(RddId{2}, 1), all_partitions(1),
               [&](JobId id) { second = id; });
  });
  queued.get_future().wait();
  driver.cancel(second, "no longer wanted");
  CHECK_THROWS_AS(cancelled.get(), CancelledError);
  killed.get_future().wait();
  once("the test is done");
  CHECK(first.get() == std::vector<std::string>{"0"});
}

TEST_CASE("kill -9 of random executors again and again gives right answers [scenario-42]",
          "[scenario-42]") {
  constexpr int kRounds = 40;
  // A task that is lost four times fails its job, and each kill loses it once at most.
  constexpr int kKillsOfJob = 3;
  const NodeRef first(std::make_shared<TextWriter<writes>>(RddId{1}, 12));
  const NodeRef second(std::make_shared<TextWriter<read_all>>(RddId{2}, 12, std::vector{first}));
  const auto stage = std::make_shared<TextStage<read_all>>(RddId{3}, 12, std::vector{second});
  const auto expected = run_in_threads(stage);
  Driver driver(processes(3), four_failures());
  std::mutex mutex;
  std::mt19937 random(42);
  int kills = 0;
  int kills_left = 0;
  std::uint32_t ends_until_kill = 0;
  driver.observe([&](const scheduler::Action& action) {
    const auto* end = std::get_if<scheduler::TaskFinished>(&action);
    const std::lock_guard lock(mutex);
    if (end == nullptr || end->how != Observed::How::done || kills_left == 0) return;
    if (ends_until_kill-- > 0) return;
    --kills_left;
    ends_until_kill = random() % 10;
    const auto pids = children();
    if (!pids.empty() && ::kill(pids[random() % pids.size()], SIGKILL) == 0) ++kills;
  });
  for (std::uint64_t round = 0; round < kRounds; ++round) {
    {
      const std::lock_guard lock(mutex);
      kills_left = kKillsOfJob;
      ends_until_kill = random() % 10;
    }
    const NodeRef maps(std::make_shared<TextWriter<writes>>(RddId{10 * round + 11}, 12));
    const NodeRef more(
        std::make_shared<TextWriter<read_all>>(RddId{10 * round + 12}, 12, std::vector{maps}));
    const auto job =
        std::make_shared<TextStage<read_all>>(RddId{10 * round + 13}, 12, std::vector{more});
    REQUIRE(run(driver, job) == expected);
  }
  const std::lock_guard lock(mutex);
  CHECK(kills > kRounds);
}
