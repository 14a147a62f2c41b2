// W10: what a task and a job cost where they do nothing.
#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine_side.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kTasks = 10'000;
constexpr std::uint64_t kJobs = 2'000;

// Threads that wait on a condition variable for tasks.
class WaitingThreads {
 public:
  explicit WaitingThreads(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~WaitingThreads() {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
  }

  // Calls `task` that many times on the threads; returns after the last call.
  void run(std::uint64_t tasks, std::function<void()> task) {
    std::unique_lock lock(mutex_);
    task_ = std::move(task);
    waiting_ = unfinished_ = tasks;
    wake_.notify_all();
    finished_.wait(lock, [this] { return unfinished_ == 0; });
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return stopped_ || waiting_ > 0; });
      if (stopped_) return;
      --waiting_;
      lock.unlock();
      task_();
      lock.lock();
      if (--unfinished_ == 0) finished_.notify_one();
    }
  }

  std::function<void()> task_;  // written only while no task is unfinished
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable finished_;
  std::uint64_t waiting_ = 0;  // guarded by mutex_, as the two below
  std::uint64_t unfinished_ = 0;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;  // last: joined before the rest is gone
};

// Counts each call on the thread that makes it, so that no task is free.
std::uint64_t run_counted(WaitingThreads& threads, std::uint64_t tasks) {
  std::atomic<std::uint64_t> calls{0};
  threads.run(tasks, [&calls] { calls.fetch_add(1, std::memory_order_relaxed); });
  return calls;
}

// `job` returns the number of its tasks.
template <class Job>
Outcome median_of_jobs(std::uint64_t jobs, const Job& job) {
  std::vector<double> seconds;
  std::uint64_t tasks = 0;
  for (std::uint64_t i = 0; i < jobs; ++i) {
    const Stopwatch watch;
    tasks += job();
    seconds.push_back(watch.seconds());
  }
  return {tasks, median(std::move(seconds))};
}

std::uint64_t engine_job(kindred::Context& context, std::uint64_t tasks) {
  // One element in each partition.
  return std::uint64_t(context.range(0, std::int64_t(tasks), int(tasks)).count());
}

Side engine_tasks(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context,
                     [context, tasks = setup.size(kTasks)] { return engine_job(*context, tasks); });
}

Side hand_tasks(const Setup& setup) {
  auto threads = std::make_shared<WaitingThreads>(setup.threads);
  return {.run = [threads, tasks = setup.size(kTasks)] {
    return Outcome(run_counted(*threads, tasks));
  }};
}

Side engine_latency(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, jobs = setup.size(kJobs)] {
    return median_of_jobs(jobs, [&] { return engine_job(*context, 2); });
  });
}

Side hand_latency(const Setup& setup) {
  auto threads = std::make_shared<WaitingThreads>(setup.threads);
  return {.run = [threads, jobs = setup.size(kJobs)] {
    return median_of_jobs(jobs, [&] { return run_counted(*threads, 2); });
  }};
}

const Registered tasks{{.name = "W10-tasks",
                        .title = "one job of 10,000 empty tasks",
                        .target_seconds = 0.050,
                        .engine = engine_tasks,
                        .hand = hand_tasks}};
const Registered latency{{.name = "W10-latency",
                          .title = "a job of two empty tasks (the median of 2,000)",
                          .target_seconds = 0.0002,
                          .engine = engine_latency,
                          .hand = hand_latency}};

}  // namespace

}  // namespace bench
