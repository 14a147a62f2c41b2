// PROC: what it costs that executors are processes: the same programs on executor processes and on
// threads of one process, and jobs of empty tasks.
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "engine_side.hpp"
#include "generate.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kSumPairs = 50'000'000;
constexpr std::uint64_t kSumKeys = 1'000'000;
constexpr std::uint64_t kSortPairs = 20'000'000;
constexpr std::uint64_t kTasks = 10'000;
constexpr std::uint64_t kLatencyJobs = 2'000;
constexpr std::uint64_t kManyJobs = 100'000;

// One executor process for each thread that the other side has.
ContextRef make_processes(const Setup& setup, const std::string& mib) {
  return std::make_shared<kindred::Context>("local-cluster[" + std::to_string(setup.threads) +
                                            ",1," + mib + "]");
}

std::uint64_t sum_by_key(const kindred::Context& context, std::uint64_t pairs) {
  return context.range(0, std::int64_t(pairs))
      .map([](std::int64_t i) {
        return std::pair(splitmix64(std::uint64_t(i)) % kSumKeys, std::uint64_t(i));
      })
      .reduce_by_key(std::plus<>{})
      .map([](std::uint64_t key, std::uint64_t sum) { return splitmix64(key ^ splitmix64(sum)); })
      .sum();
}

// The rows' order counts.
std::uint64_t sort_by_key(const kindred::Context& context, std::uint64_t pairs) {
  return context.range(0, std::int64_t(pairs))
      .map([](std::int64_t i) { return std::pair(std::int64_t(splitmix64(std::uint64_t(i))), i); })
      .sort_by_key()
      .zip_with_index()
      .map([](auto& row, std::int64_t at) {
        return splitmix64(std::uint64_t(row.first) + std::uint64_t(at));
      })
      .sum();
}

template <auto job, std::uint64_t full_size>
Side on_processes(const Setup& setup) {
  auto context = make_processes(setup, "4096");
  return engine_side(context,
                     [context, size = setup.size(full_size)] { return job(*context, size); });
}
template <auto job, std::uint64_t full_size>
Side on_threads_of_one(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context,
                     [context, size = setup.size(full_size)] { return job(*context, size); });
}

// One element in each partition.
std::uint64_t empty_tasks(const kindred::Context& context, std::uint64_t tasks) {
  return std::uint64_t(context.range(0, std::int64_t(tasks), int(tasks)).count());
}

Side latency(const Setup& setup) {
  auto context = make_processes(setup, "512");
  return engine_side(context, [context, jobs = setup.size(kLatencyJobs)] {
    std::vector<double> seconds;
    std::uint64_t tasks = 0;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      const Stopwatch watch;
      tasks += empty_tasks(*context, 2);
      seconds.push_back(watch.seconds());
    }
    return Outcome(tasks, median(std::move(seconds)));
  });
}

Side start(const Setup& setup) {
  return {.run = [setup] {
    const Stopwatch watch;
    const auto context = make_processes(setup, "512");
    const auto tasks = empty_tasks(*context, std::uint64_t(setup.threads));
    return Outcome(tasks, watch.seconds());
  }};
}

// Of this process and its executors.
std::uint64_t resident_bytes(const kindred::Context& context) {
  const auto of = [](std::int64_t pid) {
    std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
    std::uint64_t pages = 0;
    statm >> pages >> pages;
    return pages * std::uint64_t(::sysconf(_SC_PAGESIZE));
  };
  auto bytes = of(::getpid());
  for (const auto& executor : context.executors()) bytes += of(executor.pid);
  return bytes;
}

// Fails where memory grows with the jobs.
Side many_jobs(const Setup& setup) {
  auto context = make_processes(setup, "512");
  return engine_side(context, [context, jobs = setup.size(kManyJobs)] {
    constexpr std::uint64_t kMayGrow = 4 << 20;
    std::uint64_t tasks = 0;
    std::uint64_t settled = 0;
    for (std::uint64_t i = 0; i < jobs; ++i) {
      if (i == jobs / 5) settled = resident_bytes(*context);
      tasks += empty_tasks(*context, 2);
    }
    const auto after = resident_bytes(*context);
    if (after > settled + kMayGrow) {
      throw std::runtime_error("memory grew from " + std::to_string(settled >> 20) + " to " +
                               std::to_string(after >> 20) + " MiB in the last " +
                               std::to_string(jobs - jobs / 5) + " jobs");
    }
    return tasks;
  });
}

const Registered sum{{.name = "PROC-W4",
                      .title = "sum by key, 50M pairs: executor processes against threads",
                      .target = 2,
                      .engine = on_processes<sum_by_key, kSumPairs>,
                      .hand = on_threads_of_one<sum_by_key, kSumPairs>}};
const Registered sort{{.name = "PROC-W5",
                       .title = "sort of 20M pairs: executor processes against threads",
                       .target = 2,
                       .engine = on_processes<sort_by_key, kSortPairs>,
                       .hand = on_threads_of_one<sort_by_key, kSortPairs>}};
const Registered tasks{{.name = "PROC-tasks",
                        .title = "one job of 10,000 empty tasks on executor processes",
                        .target_seconds = 0.2,
                        .engine = on_processes<empty_tasks, kTasks>}};
const Registered latencies{{.name = "PROC-latency",
                            .title = "a job of two empty tasks on executor processes (median)",
                            .target_seconds = 0.001,
                            .engine = latency}};
const Registered starts{{.name = "PROC-start",
                         .title = "start of two executor processes until the first job ends",
                         .target_seconds = 0.150,
                         .engine = start}};
const Registered jobs{{.name = "PROC-jobs",
                       .title = "100,000 jobs of two tasks on executor processes, in flat memory",
                       .engine = many_jobs}};

}  // namespace

}  // namespace bench
