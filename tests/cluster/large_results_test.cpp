// Results that do not travel with the end of their task, over executors in threads and in
// processes.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <memory>
#include <mutex>
#include <poll.h>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "kindred/cluster/executor_threads.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/cluster/result_store.hpp"
#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/message_kind.hpp"
#include "tests/cluster/observed.hpp"
#include "tests/cluster/process_cases.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;

constexpr std::size_t kLarge = 9 << 20;

std::string large_text(std::uint32_t partition) {
  std::string text(kLarge, static_cast<char>('a' + partition));
  text += std::to_string(partition);
  return text;
}

std::string large(PartitionId partition, TaskContext&, ShuffleId) {
  return large_text(partition.value);
}

// The budget that an executor has given out while it runs nothing but this.
std::string memory_in_use(PartitionId, TaskContext& task, ShuffleId) {
  return std::to_string(task.memory()->used());
}

std::vector<std::string> large_texts(std::uint32_t partitions) {
  std::vector<std::string> all;
  for (std::uint32_t i = 0; i < partitions; ++i) all.push_back(large_text(i));
  return all;
}

std::unique_ptr<Processes> in_threads(const ProcessesOptions& options,
                                      MemoryNetwork::Faults faults = {}) {
  return std::make_unique<Processes>(
      options, nullptr, executors_in_threads(std::make_shared<MemoryNetwork>(std::move(faults))));
}

ProcessesOptions two_executors() {
  ProcessesOptions options;
  options.executors = 2;
  return options;
}

// Waits for the last task of every stage: one that was asked to end may be at work for a while.
// Outlives the driver that it observes.
class OpenStages {
 public:
  void observe(Driver& driver) {
    driver.observe([this](const scheduler::Action& action) {
      const std::lock_guard lock(mutex_);
      open_ += std::holds_alternative<scheduler::StageStarted>(action) ? 1 : 0;
      open_ -= std::holds_alternative<scheduler::StageFinished>(action) ? 1 : 0;
      changed_.notify_all();
    });
  }
  void wait_until_over() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0;  // guarded by mutex_
};

// Whether no result waits on any executor, told by tasks there.
bool nothing_is_kept(Driver& driver) {
  const auto stage = std::make_shared<TextStage<memory_in_use>>(RddId{99}, 4);
  const auto used = texts(driver.run(stage, all_partitions(4)));
  return std::all_of(used.begin(), used.end(), [](const auto& bytes) { return bytes == "0"; });
}

// Ends a process, and waits until it has ended.
void kill_and_wait(std::int64_t pid) {
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  REQUIRE(process >= 0);
  ::kill(static_cast<pid_t>(pid), SIGKILL);
  pollfd ended{process, POLLIN, 0};
  REQUIRE(::poll(&ended, 1, -1) == 1);
  ::close(process);
}

std::int64_t pid_of(const Driver& driver, ExecutorId id) {
  for (const auto& executor : driver.executors()) {
    if (executor.id == id.value) return executor.pid;
  }
  return 0;
}

// Calls `what` when a result is to be read, the first time.
template <class What>
void at_first_fetch(Driver& driver, What what) {
  driver.observe([what, done = false](const scheduler::Action& action) mutable {
    const auto* fetch = std::get_if<scheduler::FetchResult>(&action);
    if (fetch == nullptr || std::exchange(done, true)) return;
    what(*fetch);
  });
}

}  // namespace

TEST_CASE("collect() brings 100 MB from one partition, with the right rows [scenario-27]",
          "[scenario-27]") {
  constexpr std::int64_t kRows = 13'000'000;
  Context context(GENERATE("local-cluster[1,1,1024]", "mini-cluster[1,1,1024]"));
  const auto rows = context.range(0, kRows, 1).map([](std::int64_t x) { return 3 * x; }).collect();
  REQUIRE(rows.size() == kRows);
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < kRows; ++i) wrong += rows[static_cast<std::size_t>(i)] != 3 * i;
  CHECK(wrong == 0);
}

TEST_CASE("large results travel in pieces, each once, and are dropped when they were read") {
  std::atomic<int> announced{0};
  std::atomic<int> pieces{0};
  std::atomic<int> dropped{0};
  std::atomic<int> too_long{0};
  Driver driver(in_threads(two_executors(), [&](std::string_view frame) {
    announced += kind_in(frame) == kind_of<ResultWaits> ? 1 : 0;
    pieces += kind_in(frame) == kind_of<ResultPiece> ? 1 : 0;
    dropped += kind_in(frame) == kind_of<DropResult> ? 1 : 0;
    too_long += frame.size() < kResultPieceBytes + 100 ? 0 : 1;
    return Fate::arrives;
  }));
  const auto stage = std::make_shared<TextStage<large>>(RddId{1}, 4);
  CHECK(texts(driver.run(stage, all_partitions(4))) == large_texts(4));
  CHECK(announced == 4);
  CHECK(pieces == 4 * 3);
  CHECK(dropped == 4);
  CHECK(too_long == 0);
  CHECK(nothing_is_kept(driver));
}

TEST_CASE("an executor killed when its result was announced costs its task once [scenario-27]",
          "[scenario-27]") {
  Observed observed;
  Driver driver(processes(2));  // a task that throws would not be tried again
  observed.observe(driver);
  ExecutorId killed;
  at_first_fetch(driver, [&](const scheduler::FetchResult& fetch) {
    killed = fetch.executor;
    kill_and_wait(pid_of(driver, fetch.executor));
  });
  const auto stage = std::make_shared<TextStage<large>>(RddId{1}, 2);
  CHECK(texts(driver.run(stage, all_partitions(2))) == large_texts(2));
  CHECK(observed.launches(RddId{1}).size() == 3);
  CHECK(observed.launches(RddId{1}).back().executor != killed);
  CHECK(observed.ended(Observed::How::lost) == 1);
  CHECK(observed.ended(Observed::How::failed) == 0);
  CHECK(nothing_is_kept(driver));
}

TEST_CASE("an executor that dies between two pieces costs its task once") {
  std::atomic<int> pieces{0};
  Observed observed;
  Driver driver(in_threads(two_executors(), [&](std::string_view frame) {
    return kind_in(frame) == kind_of<ResultPiece> && ++pieces == 2 ? Fate::cut_before
                                                                   : Fate::arrives;
  }));
  observed.observe(driver);
  const auto stage = std::make_shared<TextStage<large>>(RddId{1}, 1);
  CHECK(texts(driver.run(stage, all_partitions(1))) == large_texts(1));
  CHECK(observed.launches(RddId{1}).size() == 2);
  CHECK(observed.ended(Observed::How::lost) == 1);
}

TEST_CASE("results over the limit are never read, and nothing of them is kept [scenario-27]",
          "[scenario-27]") {
  std::atomic<int> pieces{0};
  scheduler::SchedulerOptions options;
  options.max_result_bytes = kLarge / 2;
  OpenStages stages;
  Driver driver(in_threads(two_executors(),
                           [&](std::string_view frame) {
                             pieces += kind_in(frame) == kind_of<ResultPiece> ? 1 : 0;
                             return Fate::arrives;
                           }),
                options);
  stages.observe(driver);
  const auto text = failure_of(driver, std::make_shared<TextStage<large>>(RddId{1}, 4), 4);
  CHECK_THAT(text, contains_text("test_op at stages.hpp:1"));
  CHECK_THAT(text, contains_text("stage 0"));
  CHECK_THAT(text, contains_text("the results of 1 of 4 tasks have 9437185 bytes together"));
  CHECK_THAT(text, contains_text("kindred.driver.max_result_size is 4718592"));
  stages.wait_until_over();
  CHECK(nothing_is_kept(driver));
  CHECK(pieces == 0);
}

TEST_CASE("the results of a cancelled job are dropped where they wait") {
  OpenStages stages;
  Driver driver(in_threads(two_executors()));
  stages.observe(driver);
  JobId job;
  at_first_fetch(driver, [&](const scheduler::FetchResult&) { driver.cancel(job, "enough"); });
  const auto stage = std::make_shared<TextStage<large>>(RddId{1}, 4);
  CHECK_THROWS_AS(driver.run(stage, all_partitions(4), [&](JobId id) { job = id; }),
                  CancelledError);
  stages.wait_until_over();
  CHECK(nothing_is_kept(driver));
}

TEST_CASE("a result for which an executor has no memory left is an error that says so") {
  auto options = two_executors();
  options.memory_bytes = kLarge / 2;
  Driver driver(in_threads(options));
  CHECK_THAT(failure_of(driver, std::make_shared<TextStage<large>>(RddId{1}, 1), 1),
             contains_text("of a budget of 4718592 are in use"));
}

TEST_CASE("results that come as objects count towards the limit too [scenario-27]",
          "[scenario-27]") {
  Config config;
  config.master = "local[2]";
  config.set("kindred.driver.max_result_size", "1MiB");
  const Context context(config);
  CHECK_THROWS_WITH(context.range(0, 1'000'000, 8).collect(),
                    contains_text("collect at large_results_test.cpp:") &&
                        contains_text("of 8 tasks have ") &&
                        contains_text("kindred.driver.max_result_size is 1048576"));
  CHECK(context.range(0, 1'000'000, 8).count() == 1'000'000);
  CHECK(context.range(0, 1000, 8).collect().size() == 1000);
  const auto words = context.range(0, 4, 4).map(
      [](std::int64_t) { return std::string(std::size_t{1} << 19, 'x'); });
  CHECK_THROWS_AS(words.collect(), JobError);
}
