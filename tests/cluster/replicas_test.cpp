// Cached partitions on several executors, over real processes and in a mini cluster.
#include <algorithm>
#include <csignal>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "kindred/engine/task_context.hpp"
#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/scene.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr std::int64_t kRows = 12;
constexpr std::int64_t kSum = kRows * (kRows - 1) / 2;
const auto kTwice = StorageLevel::memory().replicated(2);

// Tells the scene of each row that is computed.
auto told_rows(const Context& context) {
  return context.range(0, kRows, kRows)
      .map([](std::int64_t x) {
        tell(std::to_string(x));
        return x;
      })
      .named("rows");
}

// One after the other, so that not both copies of a block are lost. The driver learns of it, and
// another executor takes its place.
ExecutorInfo kill_one(const Context& context) {
  const auto before = context.executors();
  const auto victim = before.front();
  REQUIRE(::kill(static_cast<pid_t>(victim.pid), SIGKILL) == 0);
  const auto knows = [&] {
    const auto now = context.executors();
    return now.size() == before.size() &&
           std::none_of(now.begin(), now.end(),
                        [&](const ExecutorInfo& one) { return one.id == victim.id; });
  };
  while (!knows()) std::this_thread::yield();
  return victim;
}

// The cached blocks of all executors that tasks get to see, with a task each that waits for none.
std::int64_t most_blocks(const Context& context) {
  const auto sizes = context.range(0, 24, 24)
                         .map([](std::int64_t) {
                           return static_cast<std::int64_t>(current_task()->stores().blocks.size());
                         })
                         .collect();
  return *std::max_element(sizes.begin(), sizes.end());
}

}  // namespace

TEST_CASE("rows on two executors are not computed again when one of these dies [scenario-6]",
          "[scenario-6]") {
  Scene scene;
  const Context context("local-cluster[3,1,512]");
  const auto kept = told_rows(context).persist(kTwice);
  CHECK(kept.sum() == kSum);
  CHECK(scene.all().size() == kRows);
  context.wait_for_replicas();
  // Again and again: what lost a copy gets another one.
  for (int round = 0; round < 4; ++round) {
    CAPTURE(round);
    kill_one(context);
    context.wait_for_replicas();
    CHECK(kept.sum() == kSum);
    CHECK(scene.all().empty());
  }
  const auto report = context.recovery_report();
  CHECK(report.executors_lost() == 4);
  CHECK(report.cached_lost() == 0);
  CHECK(report.cached_again() == 0);
  CHECK(report.cached_replicated() >= kRows / 3);
  CHECK_THAT(report.text(), contains_text("of map 'rows' at replicas_test.cpp:") &&
                                contains_text(", which other executors have too") &&
                                contains_text("nothing of that was needed again"));
}

TEST_CASE("an executor that dies as it reads its copies leaves the others' [scenario-6]",
          "[scenario-6]") {
  Scene scene;
  const Context context("local-cluster[3,1,512]");
  const auto kept = told_rows(context).persist(kTwice);
  CHECK(kept.count() == kRows);
  CHECK(scene.all().size() == kRows);
  context.wait_for_replicas();
  const auto doubled = kept.map([](std::int64_t x) {
    if (once("death")) ::kill(::getpid(), SIGKILL);
    return 2 * x;
  });
  CHECK(doubled.sum() == 2 * kSum);
  CHECK(happened("death"));
  CHECK(scene.all().empty());
}

TEST_CASE("copies of rows of any kind give the rows that were computed [scenario-6]",
          "[scenario-6]") {
  const Context context("local-cluster[3,1,512]");
  const auto kept = context.range(0, 1000, 6)
                        .map([](std::int64_t x) {
                          return std::pair(std::to_string(x), std::vector<double>(x % 5, 0.1 * x));
                        })
                        .persist(kTwice);
  const auto expected = kept.collect();
  context.wait_for_replicas();
  kill_one(context);
  CHECK(kept.collect() == expected);
  CHECK(context.recovery_report().cached_lost() == 0);
}

TEST_CASE("the blocks of a mini cluster have their copies, and unpersist drops them all") {
  Scene scene;
  const Context context("mini-cluster[2,1,512]");
  const auto before = most_blocks(context);
  const auto kept = told_rows(context).persist(kTwice);
  CHECK(kept.sum() == kSum);
  CHECK(scene.all().size() == kRows);
  context.wait_for_replicas();
  // With two executors, each has all.
  CHECK(most_blocks(context) == before + kRows);
  CHECK(kept.sum() == kSum);
  CHECK(scene.all().empty());
  kept.unpersist();
  CHECK(most_blocks(context) == before);
  CHECK(kept.sum() == kSum);
  CHECK(scene.all().size() == kRows);
}

TEST_CASE("what a program unpersists while it is copied is dropped") {
  const Context context("mini-cluster[3,1,512]");
  for (int round = 0; round < 20; ++round) {
    const auto kept = context.range(0, 64, 16).persist(StorageLevel::memory().replicated(3));
    CHECK(kept.count() == 64);
    kept.unpersist();
    context.wait_for_replicas();
    CHECK(most_blocks(context) == 0);
  }
}

TEST_CASE(
    "copies leave one half of a small memory to tasks, and a job that they do not fit succeeds") {
  const Context context("local-cluster[2,1,14]");
  const auto hashes = context.range(0, 2'000'000, 16).map([](std::int64_t x) {
    return static_cast<std::int64_t>(mix_bits(static_cast<std::uint64_t>(x)) >> 8);
  });
  for (const auto level : {StorageLevel::disk(), StorageLevel::memory_and_disk()}) {
    const auto kept = hashes.persist(level.replicated(2));
    const auto sum = kept.sum();
    context.wait_for_replicas();
    const auto groups = context.range(0, 200'000, 4)
                            .map([](std::int64_t x) { return std::pair(x, x); })
                            .reduce_by_key(std::plus<>{})
                            .count();
    CHECK(groups == 200'000);
    kill_one(context);
    CHECK(kept.sum() == sum);
    kept.unpersist();
  }
}

TEST_CASE("a copy that is too large to be opened is computed again") {
  const Context context("local-cluster[2,1,12]");
  const auto texts = context.range(0, 400'000, 2).map([](std::int64_t x) {
    return std::to_string(x * 1'000'003);
  });
  const auto bytes = [](const auto& rows) {
    return rows.map([](std::string_view text) { return static_cast<std::int64_t>(text.size()); })
        .sum();
  };
  const auto kept = texts.persist(StorageLevel::disk().replicated(2));
  const auto expected = bytes(kept);
  context.wait_for_replicas();
  kill_one(context);
  CHECK(bytes(kept) == expected);
}

TEST_CASE("where there is one executor, any number of copies is one") {
  for (const auto* master : {"local[2]", "local-cluster[1,1,512]"}) {
    Scene scene;
    const Context context(master);
    const auto kept = told_rows(context).persist(StorageLevel::memory().replicated(3));
    CHECK(kept.sum() == kSum);
    context.wait_for_replicas();
    CHECK(kept.sum() == kSum);
    CHECK(scene.all().size() == kRows);
  }
}
