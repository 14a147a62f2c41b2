// A cluster in virtual time around the real scheduler. All that happens follows from one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "kindred/scheduler/scheduler.hpp"
#include "tests/scheduler/simulation/executor.hpp"
#include "tests/scheduler/simulation/program.hpp"
#include "tests/scheduler/simulation/random.hpp"
#include "tests/scheduler/simulation/watch.hpp"

namespace kindred::simulation {

/// How a simulation went.
struct Summary {
  std::uint64_t digest = 0;  ///< of all actions, in their order
  std::uint64_t events = 0;
  std::uint64_t launched = 0;
  Watch::Endings jobs;
  Time ended = 0;
};

/// Shown each event and each action, for people.
using Trace = std::function<void(Time, const std::string&)>;

/// The program and the cluster that belong to a seed: few executors, or with `large` a thousand and
/// more.
Scale scale_of(std::uint64_t seed, bool large);

/// Runs the simulation of `seed`. Throws Broken where the scheduler does what it must not, gives a
/// wrong answer, hangs, or leaves something in a table.
Summary simulate(std::uint64_t seed, const Scale& scale, const Trace& trace = {});

/// Executors that are killed, hang, lose files and evict blocks; messages that are late, come twice
/// or overtake each other; stragglers; functions that throw.
class Simulation {
 public:
  Simulation(std::uint64_t seed, const Scale& scale, Trace trace);

  Summary run();

 private:
  struct Happening {
    Time at;
    std::uint64_t number;
    std::function<void()> what;
    friend bool operator<(const Happening& a, const Happening& b) {
      return std::pair(a.at, a.number) > std::pair(b.at, b.number);  // the earliest on top
    }
  };

  void at(Time when, std::function<void()> what);
  void after(Time delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
  void play();
  void send(scheduler::Event event);
  void note(const std::string& line) const {
    if (trace_) trace_(now_, line);
  }

  // faults.cpp: what goes wrong, and the driver program's own doing.
  void plan_jobs();
  void plan_faults();
  void disturb();
  void kill(Executor& executor, const char* why);
  void freeze(Executor& executor);
  void replace(Executor& executor, Time known_after, const char* why);
  void lose_file(Executor& executor);
  void evict(Executor& executor);
  void drop_everything();
  Executor* some_executor();

  // The cluster.
  void start_executor();
  void perform(const scheduler::Action& action);
  void perform_on(ExecutorId id, std::function<void(Executor&)> what);
  void start_tasks(Executor& executor);
  void work(Executor& executor, TaskId task);
  void copy(Executor& executor, ReplicaId replica);
  void tell_end(Executor& executor, TaskId task, TaskOutcome outcome);
  void read_result(Executor& executor, TaskId task);
  void end_task(Executor& executor, TaskId task);
  TaskOutcome outcome(Executor& executor, const Work& work);
  void report(scheduler::Event event);
  Time latency();

  static scheduler::SchedulerOptions options_of(Random& random);

  const Scale scale_;
  const Trace trace_;
  Random random_;
  const Program program_;
  const scheduler::SchedulerOptions options_;
  Watch watch_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  Executors executors_;

  Time now_ = 0;
  std::uint64_t happenings_ = 0;
  std::priority_queue<Happening> happenings_to_come_;
  Summary summary_;
};

}  // namespace kindred::simulation
