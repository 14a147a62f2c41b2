#include "tests/scheduler/simulation/simulation.hpp"

#include <algorithm>

#include "tests/catch.hpp"

namespace kindred::test {
namespace {

using namespace kindred::simulation;

struct Tally {
  std::uint64_t schedules = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t stopped = 0;
};

// Each schedule checks itself: what it throws names the seed, and how to see what happened.
Tally simulate_all(std::uint64_t first, std::uint64_t last, bool large) {
  Tally tally;
  for (auto seed = first; seed <= last; ++seed) {
    try {
      const auto summary = simulate(seed, scale_of(seed, large));
      ++tally.schedules;
      tally.succeeded += summary.jobs.succeeded;
      tally.failed += summary.jobs.failed;
      tally.stopped += summary.jobs.stopped;
    } catch (const std::exception& broken) {
      FAIL("seed " << seed << ": " << broken.what() << "\n  tools/simulate --seed " << seed
                   << (large ? " --large" : "") << " --trace");
    }
  }
  return tally;
}

}  // namespace

TEST_CASE("whatever dies, hangs, is late or comes twice, jobs end with the right answer",
          "[simulation][scenario-8][scenario-9][scenario-13][scenario-34]") {
  const auto tally = simulate_all(1, 900, false);
  REQUIRE(tally.schedules == 900);
  // Jobs that had to fail or were stopped are the exception, or little would be seen of the others.
  REQUIRE(tally.succeeded > 3 * (tally.failed + tally.stopped));
  REQUIRE(tally.failed > 0);
  REQUIRE(tally.stopped > 0);
}

TEST_CASE("and so they do in 19,000 more schedules", "[simulation][slow]") {
  REQUIRE(simulate_all(901, 19'900, false).schedules == 19'000);
}

TEST_CASE("and with a thousand executors", "[simulation]") {
  REQUIRE(simulate_all(1, 4, true).schedules == 4);
}

TEST_CASE("and with up to 10,000 executors in 96 more schedules", "[simulation][slow]") {
  REQUIRE(simulate_all(5, 100, true).schedules == 96);
}

TEST_CASE("a seed's schedule is the same each time, to the last action", "[simulation]") {
  std::set<std::uint64_t> digests;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    const auto once = simulate(seed, scale_of(seed, false));
    // Other allocations in between: nothing may depend on addresses.
    const std::vector<std::unique_ptr<int>> moved(seed * 10);
    const auto again = simulate(seed, scale_of(seed, false));
    REQUIRE(once.digest == again.digest);
    REQUIRE(once.events == again.events);
    REQUIRE(once.ended == again.ended);
    digests.insert(once.digest);
  }
  REQUIRE(digests.size() > 95);
  const auto large = scale_of(3, true);
  REQUIRE(simulate(3, large).digest == simulate(3, large).digest);
}

}  // namespace kindred::test
