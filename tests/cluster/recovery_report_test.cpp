// What a program is told of losses, over real processes.
#include <csignal>
#include <string>
#include <unistd.h>

#include "kindred/kindred.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/scene.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("the recovery report says what was lost, why, and what was computed again") {
  Context context("local-cluster[2,1,512]");
  CHECK(context.recovery_report().text() == "nothing was lost");
  const auto kept =
      context.range(0, 8, 8).map([](std::int64_t x) { return x; }).named("kept").persist();
  const auto sums =
      kept.map([](std::int64_t x) { return std::pair(x % 2, x); }).reduce_by_key(std::plus<>{}, 2);
  CHECK(sums.count() == 2);
  CHECK(context.recovery_report().losses.empty());

  const auto victim = context.executors().front();
  REQUIRE(::kill(static_cast<pid_t>(victim.pid), SIGKILL) == 0);
  CHECK(kept.sum() == 28);
  CHECK(sums.count() == 2);
  const auto report = context.recovery_report();
  REQUIRE(report.losses.size() == 1);
  CHECK(report.losses[0].executor == victim.id);
  CHECK(report.executors_lost() == 1);
  CHECK_THAT(report.losses[0].reason, contains_text("signal 9"));
  CHECK(report.cached_lost() > 0);
  CHECK(report.cached_again() == report.cached_lost());
  CHECK(report.map_outputs_again() <= report.map_outputs_lost());
  CHECK(report.time.count() > 0);
  CHECK_THAT(report.text(),
             contains_text("executor " + std::to_string(victim.id) + " was lost: ") &&
                 contains_text("of map 'kept' at recovery_report_test.cpp:") &&
                 contains_text("computed again:"));
  // Nobody lost anything since.
  CHECK(kept.sum() == 28);
  CHECK(context.recovery_report().cached_again() == report.cached_again());
}

TEST_CASE("executors are known by their processes, and a new one takes the place of a lost one") {
  Context context("local-cluster[2,1,512]");
  CHECK(context.range(0, 10, 4).count() == 10);
  auto executors = context.executors();
  REQUIRE(executors.size() == 2);
  CHECK(executors[0].pid != executors[1].pid);
  CHECK(executors[0].pid != ::getpid());
  Context threads("local[2]");
  REQUIRE(threads.executors().size() == 1);
  CHECK(threads.executors()[0].pid == ::getpid());
}
