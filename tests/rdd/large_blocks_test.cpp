// Shuffles whose blocks are too large for one message, between executor processes.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "kindred/engine/task_context.hpp"
#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/rdd/everywhere.hpp"

namespace {

using namespace kindred;
using namespace kindred::test;

constexpr std::int64_t kRows = 200'000;

std::int64_t scattered(std::int64_t i) { return i * 7919 % kRows; }

Config two_executors(bool shared_memory) {
  Config config;
  config.master = "local-cluster[2,1,1024]";
  config.shared_memory = shared_memory;
  return config;
}

bool in_executor_zero() { return current_task()->stores().self == ExecutorId{0}; }

}  // namespace

TEST_CASE("large blocks of plain rows and of texts are the same, read in memory or sent over TCP") {
  for (const bool shared_memory : {true, false}) {
    INFO("shared memory " << shared_memory);
    Context context(two_executors(shared_memory));
    const auto numbers =
        context.range(0, kRows, 4).map([](std::int64_t i) { return std::pair(scattered(i), i); });
    const auto sorted = numbers.sort_by_key(SortOrder::ascending, 2).collect();
    REQUIRE(sorted.size() == kRows);
    for (std::int64_t i = 0; i < kRows; ++i) {
      if (sorted[static_cast<std::size_t>(i)].first != i) FAIL("not sorted at " << i);
      if (scattered(sorted[static_cast<std::size_t>(i)].second) != i) FAIL("another row at " << i);
    }
    auto texts =
        numbers.map([](std::int64_t key, std::int64_t i) { return std::pair(key, text_of(i)); })
            .partition_by(3)
            .collect();
    std::sort(texts.begin(), texts.end());
    REQUIRE(texts.size() == kRows);
    for (std::int64_t i = 0; i < kRows; ++i) {
      const auto& [key, text] = texts[static_cast<std::size_t>(scattered(i))];
      if (key != scattered(i) || text != text_of(i)) FAIL("another row for " << i);
    }
  }
}

TEST_CASE("an executor that is killed while others read large blocks of it costs no row") {
  for (const bool shared_memory : {true, false}) {
    INFO("shared memory " << shared_memory);
    Context context(two_executors(shared_memory));
    const auto placed = context.range(0, kRows, 4)
                            .map([](std::int64_t i) { return std::pair(scattered(i), i); })
                            .partition_by(6);
    // It has map outputs by then, and the other one is reading them.
    const auto sum = placed
                         .map([](std::int64_t key, std::int64_t i) {
                           if (i % 1000 == 0 && in_executor_zero()) ::kill(::getpid(), SIGKILL);
                           return key == scattered(i) ? i : 0;
                         })
                         .sum();
    CHECK(sum == kRows * (kRows - 1) / 2);
    CHECK(context.recovery_report().executors_lost() == 1);
  }
}
