// One fault at every message: jobs with a shuffle, a join, a cache with copies, a broadcast, an
// accumulator and a result that waits on its executor run in a mini cluster again and again, and
// each time the next message meets it, until a run is over before.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/cluster/executor_threads.hpp"
#include "kindred/cluster/memory_network.hpp"
#include "kindred/cluster/processes.hpp"
#include "kindred/cluster/result_store.hpp"
#include "tests/catch.hpp"
#include "tests/cluster/driver_session.hpp"
#include "tests/cluster/message_kind.hpp"

namespace {

using namespace kindred;
using namespace kindred::cluster;
using namespace kindred::test;
using std::chrono::milliseconds;

using Row = std::pair<std::int64_t, std::pair<std::int64_t, std::int64_t>>;

constexpr std::uint32_t kPartitions = 2;
constexpr std::int64_t kRows = 12;
constexpr std::int64_t kKeys = 3;
constexpr std::int64_t kScale = 10;
constexpr std::int64_t kLargeRows = 600'000;  // two pieces
static_assert(kLargeRows * sizeof(std::int64_t) > kResultPieceBytes);

// So that what only a silence tells is noticed soon. A machine with much to do may take executors
// for hung that are not: that costs time, and may not end the job.
ProcessesOptions impatient_cluster() {
  ProcessesOptions options;
  options.executors = 2;
  options.most_failed_starts = 1'000;
  options.start_timeout = milliseconds(1'000);
  options.stop_timeout = milliseconds(100);
  options.heartbeat_interval = milliseconds(20);
  options.heartbeat_timeout = milliseconds(120);
  options.driver_timeout = milliseconds(120);
  options.fetch_timeout = milliseconds(60);
  return options;
}

scheduler::SchedulerOptions patient_scheduler() {
  scheduler::SchedulerOptions options;
  options.max_task_failures = 20;
  return options;
}

SessionRef session_over(const std::shared_ptr<MemoryNetwork>& network) {
  return std::make_shared<DriverSession>(
      [&](std::shared_ptr<BroadcastOrigin> broadcasts) {
        return std::make_unique<Processes>(impatient_cluster(), std::move(broadcasts),
                                           executors_in_threads(network));
      },
      patient_scheduler());
}

// Each row of a key, scaled, beside the key's sum; the second job reads what the first one kept.
std::vector<Row> run_jobs(const SessionRef& session) {
  const auto rows = DriverSession::range(session, kRows, kPartitions)
                        .map([](std::int64_t x) { return std::pair(x % kKeys, x); })
                        .persist(StorageLevel::memory().replicated(2));
  const auto sums = rows.reduce_by_key([](std::int64_t a, std::int64_t b) { return a + b; });
  CHECK(sums.count() == kKeys);
  const auto scale = DriverSession::broadcast(session, kScale);
  const auto seen = DriverSession::accumulator(session);
  auto joined = sums.join(rows, kPartitions)
                    .map([scale, seen](std::int64_t key, const auto& both) {
                      seen += 1;
                      return Row(key, {both.first, both.second * *scale});
                    })
                    .collect();
  CHECK(seen.value() == kRows);
  const auto large = DriverSession::range(session, kLargeRows, 1).collect();
  REQUIRE(large.size() == kLargeRows);
  CHECK(std::accumulate(large.begin(), large.end(), std::int64_t{0}) ==
        kLargeRows * (kLargeRows - 1) / 2);
  return joined;
}

std::vector<Row> model() {
  std::vector<Row> joined;
  for (std::int64_t x = 0; x < kRows; ++x) {
    std::int64_t sum = 0;
    for (std::int64_t y = x % kKeys; y < kRows; y += kKeys) sum += y;
    joined.push_back({x % kKeys, {sum, x * kScale}});
  }
  return joined;
}

struct Run {
  std::vector<Row> rows;
  bool met = false;  // the fault
};

// The message at `position`, of all but heartbeats, meets `fate`. Only when everything has ended it
// is known whether one did.
Run run_with(Fate fate, std::size_t position) {
  Run run;
  std::size_t sent = 0;
  const auto network = std::make_shared<MemoryNetwork>([&](std::string_view frame) {
    if (kind_in(frame) == kind_of<Heartbeat> || sent++ != position) return Fate::arrives;
    run.met = true;
    return fate;
  });
  run.rows = run_jobs(session_over(network));
  return run;
}

// One message in `one_in`, on average, meets one fate or another.
Run run_with_random_faults(std::uint32_t seed, std::uint32_t one_in) {
  Run run;
  std::mt19937 random(seed);
  const auto network = std::make_shared<MemoryNetwork>([&](std::string_view frame) {
    if (kind_in(frame) == kind_of<Heartbeat> || random() % one_in != 0) return Fate::arrives;
    run.met = true;
    return static_cast<Fate>(random() % (static_cast<std::uint32_t>(Fate::altered) + 1));
  });
  run.rows = run_jobs(session_over(network));
  return run;
}

void sweep(Fate fate) {
  constexpr std::size_t kNever = ~std::size_t{0};
  const auto expected = run_with(Fate::arrives, kNever).rows;
  auto sorted = expected;
  std::sort(sorted.begin(), sorted.end());
  auto modelled = model();
  std::sort(modelled.begin(), modelled.end());
  REQUIRE(sorted == modelled);
  std::size_t position = 0;
  for (bool met = true; met; ++position) {
    CAPTURE(position);
    const auto run = run_with(fate, position);
    REQUIRE(run.rows == expected);
    met = run.met;
  }
  CHECK(position > 40);  // one for each message of the job, at least
}

}  // namespace

TEST_CASE("the answer is the same whichever message a connection is cut before") {
  sweep(Fate::cut_before);
}

TEST_CASE("the answer is the same whichever message a connection is cut in") {
  sweep(Fate::cut_within);
}

TEST_CASE("the answer is the same whichever message a connection is cut behind") {
  sweep(Fate::cut_after);
}

TEST_CASE("the answer is the same wherever a connection becomes half-open") {
  sweep(Fate::lost_from_here);
}

TEST_CASE("the answer is the same whichever message is late") { sweep(Fate::held); }

TEST_CASE("the answer is the same whichever message is altered [scenario-19]", "[scenario-19]") {
  sweep(Fate::altered);
}

TEST_CASE("under random faults the answer is the same, or the error says what went wrong") {
  constexpr std::size_t kNever = ~std::size_t{0};
  const auto expected = run_with(Fate::arrives, kNever).rows;
  int failed = 0;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::optional<Run> run;
    try {
      run = run_with_random_faults(seed, 30);
    } catch (const JobError& error) {
      ++failed;
      CHECK_THAT(error.what(), contains_text(" times"));
      continue;
    }
    REQUIRE(run->rows == expected);
  }
  CHECK(failed < 10);  // where one thing goes wrong again and again
}
