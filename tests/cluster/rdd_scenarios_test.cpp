// Scenarios of the failure suite that need ops, over real processes.
#include <csignal>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/scene.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr int kRounds = 3;

void die_once(const std::string& name) {
  if (once(name)) ::kill(::getpid(), SIGKILL);
}

}  // namespace

TEST_CASE("group_by_key counts right though an executor dies on its map side [scenario-4]",
          "[scenario-4]") {
  const Scene scene;
  Context context("local-cluster[2,1,512]");
  for (int round = 0; round < kRounds; ++round) {
    const auto pairs = context.range(0, 100, 4).map([round](std::int64_t x) {
      if (x == 60) die_once("round " + std::to_string(round));
      return std::pair(x % 7, x);
    });
    CHECK(pairs.group_by_key(3).count() == 7);
    CHECK(happened("round " + std::to_string(round)));
  }
}

TEST_CASE("combine_by_key is right though an executor dies as it merges combiners [scenario-5]",
          "[scenario-5]") {
  const Scene scene;
  Context context("local-cluster[2,1,512]");
  for (int round = 0; round < kRounds; ++round) {
    const auto sums = context.range(0, 100, 4)
                          .map([](std::int64_t x) { return std::pair(1, x); })
                          .combine_by_key([](std::int64_t x) { return x; },
                                          [](std::int64_t sum, std::int64_t x) { return sum + x; },
                                          [round](std::int64_t a, std::int64_t b) {
                                            die_once("round " + std::to_string(round));
                                            return a + b;
                                          });
    CHECK(sums.collect() == std::vector<std::pair<int, std::int64_t>>{{1, 4950}});
    CHECK(happened("round " + std::to_string(round)));
  }
}

TEST_CASE("of a cached Rdd only what was on a dead executor is computed again [scenario-7]",
          "[scenario-7]") {
  Scene scene;
  Context context("local-cluster[2,1,512]");
  const auto kept = context.range(0, 8, 8)
                        .map([](std::int64_t x) {
                          tell(std::to_string(::getpid()) + " " + std::to_string(x));
                          return x;
                        })
                        .persist();
  CHECK(kept.sum() == 28);
  std::map<int, std::multiset<int>> computed;
  for (const auto& line : scene.all()) {
    const auto space = line.find(' ');
    computed[std::stoi(line.substr(0, space))].insert(std::stoi(line.substr(space)));
  }
  REQUIRE(computed.size() == 2);
  CHECK(kept.sum() == 28);
  CHECK(scene.all().empty());
  const auto& [pid, lost] = *computed.begin();
  ::kill(pid, SIGKILL);
  CHECK(kept.sum() == 28);
  std::multiset<int> again;
  for (const auto& line : scene.all()) again.insert(std::stoi(line.substr(line.find(' '))));
  CHECK(again == lost);
}

TEST_CASE("results that are too large together fail their job only, with the numbers [scenario-27]",
          "[scenario-27]") {
  Config config;
  config.master = "local-cluster[2,1,512]";
  config.set("kindred.driver.max_result_size", "1MiB");
  const Context context(config);
  const auto numbers = context.range(0, 1'000'000, 8);
  CHECK_THROWS_WITH(numbers.collect(),
                    contains_text("collect at rdd_scenarios_test.cpp:") &&
                        contains_text("of 8 tasks have ") &&
                        contains_text("kindred.driver.max_result_size is 1048576"));
  CHECK(numbers.count() == 1'000'000);
  CHECK(context.range(0, 1000, 8).collect().size() == 1000);
}

TEST_CASE("the ops of a stage that crashes are named with their lines, by a Context") {
  Context context("local-cluster[2,1,512]");
  const auto bad = context.range(0, 8, 2).map([](std::int64_t x) {
    if (x == 5) std::_Exit(3);
    return x;
  });
  CHECK_THROWS_WITH(bad.count(), contains_text("exited with status 3") &&
                                     contains_text("at rdd_scenarios_test.cpp:") &&
                                     contains_text("failed 4 times"));
  const auto crash = context.range(0, 8, 2)
                         .map([](std::int64_t x) {
                           if (x == 5) std::exit(3);
                           return x;
                         })
                         .filter([](std::int64_t x) { return x > 0; });
  CHECK_THROWS_WITH(crash.count(), contains_text("range at rdd_scenarios_test.cpp:") &&
                                       contains_text(" -> map at rdd_scenarios_test.cpp:") &&
                                       contains_text(" -> filter at rdd_scenarios_test.cpp:") &&
                                       contains_text("stage 1, partition 1"));
  CHECK(context.range(0, 10).count() == 10);
}

TEST_CASE(
    "a Context on a mini cluster runs its tasks in this process, and tries a failed one again") {
  const Scene scene;
  Context context("mini-cluster[2,1,512]");
  const auto sums = context.range(0, 100, 4)
                        .map([](std::int64_t x) {
                          if (x == 60 && once("failure")) throw std::runtime_error("a test");
                          return std::pair(::getpid(), x);
                        })
                        .reduce_by_key([](std::int64_t a, std::int64_t b) { return a + b; })
                        .collect();
  CHECK(sums == std::vector<std::pair<pid_t, std::int64_t>>{{::getpid(), 4950}});
  CHECK(happened("failure"));
}
