#include "tests/scheduler/simulation/simulation.hpp"

#include <fmt/format.h>
#include <utility>

#include "tests/scheduler/simulation/trace.hpp"

namespace kindred::simulation {
namespace {

using namespace kindred::scheduler;

// Far more than any schedule needs: beyond it, something goes round in circles.
constexpr std::uint64_t kMostEvents = 3'000'000;
constexpr Time kLongest = 24 * 3600 * kSecond;

}  // namespace

Scale scale_of(std::uint64_t seed, bool large) {
  Random random(mix(seed, 77));
  Scale scale;
  scale.faults = !random.chance(100);
  if (!large) {
    scale.executors = static_cast<std::uint32_t>(random.between(3, 16));
    scale.source_partitions = static_cast<std::uint32_t>(random.between(2, 16));
    scale.reduce_partitions = static_cast<std::uint32_t>(random.between(2, 10));
    scale.span = random.between(300 * kMillisecond, 6 * kSecond);
    return scale;
  }
  scale.executors =
      seed % 25 == 0 ? 10'000 : static_cast<std::uint32_t>(random.between(1'000, 3'000));
  scale.source_partitions = 3'000;
  scale.reduce_partitions = 60;
  scale.steps = 3;
  scale.jobs = 3;
  return scale;
}

Summary simulate(std::uint64_t seed, const Scale& scale, const Trace& trace) {
  return Simulation(seed, scale, trace).run();
}

SchedulerOptions Simulation::options_of(Random& random) {
  SchedulerOptions options;
  options.max_task_failures = 1 + static_cast<std::uint32_t>(random.pick(8));
  options.max_stage_attempts =
      random.chance(500) ? 2 + static_cast<std::uint32_t>(random.pick(3)) : 50;
  return options;
}

Simulation::Simulation(std::uint64_t seed, const Scale& scale, Trace trace)
    : scale_(scale),
      trace_(std::move(trace)),
      random_(seed),
      program_(random_, scale_),
      options_(options_of(random_)),
      watch_(program_, options_),
      scheduler_(std::make_unique<Scheduler>(options_)) {}

Summary Simulation::run() {
  for (std::uint32_t i = 0; i < scale_.executors; ++i) start_executor();
  plan_jobs();
  if (scale_.faults) plan_faults();
  play();
  if (!watch_.all_ended()) throw Broken("nothing is left to happen, but a job waits");
  if (!scale_.faults && watch_.repeated() > 0) {
    throw Broken(fmt::format("{} tasks ran again where nothing was lost", watch_.repeated()));
  }
  if (!scale_.faults) watch_.all_copied();
  drop_everything();
  play();
  if (!scheduler_->empty()) throw Broken("something is left in a table");
  summary_.launched = watch_.launched();
  summary_.jobs = watch_.endings();
  summary_.ended = now_;
  return summary_;
}

void Simulation::at(Time when, std::function<void()> what) {
  happenings_to_come_.push({when, ++happenings_, std::move(what)});
}

void Simulation::play() {
  while (!happenings_to_come_.empty()) {
    const auto next = happenings_to_come_.top();
    happenings_to_come_.pop();
    now_ = next.at;
    if (now_ > kLongest || happenings_ > kMostEvents) throw Broken("it does not come to an end");
    next.what();
  }
}

void Simulation::send(Event event) {
  ++summary_.events;
  if (trace_) note(text(event));
  watch_.told(event);
  const auto actions = scheduler_->on(TimePoint{std::chrono::microseconds(now_)}, std::move(event));
  for (const auto& action : actions) {
    if (trace_) note("  " + text(action));
    summary_.digest = digest(summary_.digest, action);
    watch_.asked(action);
    perform(action);
  }
  watch_.settled(*scheduler_);
}

// ---- the cluster -------------------------------------------------------------------------------

Time Simulation::latency() {
  return random_.chance(30) ? random_.between(1, 2 * kSecond) : random_.between(100, 3'000);
}

void Simulation::start_executor() {
  auto executor = std::make_unique<Executor>();
  executor->id = ExecutorId{executors_.size()};
  executor->cores = 1 + static_cast<std::uint32_t>(random_.pick(3));
  executor->slots = 2 * executor->cores;
  const auto host = fmt::format("host-{}", executor->id.value % 3);
  after(random_.pick(20 * kMillisecond), [this, joined = executor.get(), host] {
    if (joined->alive) send(ExecutorJoined{joined->id, joined->slots, host});
  });
  executors_.push_back(std::move(executor));
}

void Simulation::perform(const Action& action) {
  if (const auto* launch = std::get_if<LaunchTasks>(&action)) {
    perform_on(launch->executor, [this, asked = *launch](Executor& executor) {
      for (const auto& task : asked.tasks) {
        executor.waiting.push_back({task.id, task.partition, asked.stage});
      }
      start_tasks(executor);
    });
  } else if (const auto* kill = std::get_if<KillTask>(&action)) {
    perform_on(kill->executor,
               [this, task = kill->task](Executor& executor) { end_task(executor, task); });
  } else if (const auto* fetch = std::get_if<FetchResult>(&action)) {
    perform_on(fetch->executor,
               [this, task = fetch->task](Executor& executor) { read_result(executor, task); });
  } else if (const auto* shuffle = std::get_if<DropShuffle>(&action)) {
    perform_on(shuffle->executor, [dropped = shuffle->shuffle](Executor& executor) {
      std::erase_if(executor.outputs,
                    [&](const auto& output) { return output.first.first == dropped; });
    });
  } else if (const auto* blocks = std::get_if<DropBlocks>(&action)) {
    perform_on(blocks->executor, [dropped = blocks->rdd](Executor& executor) {
      std::erase_if(executor.blocks, [&](const auto& block) { return block.first.rdd == dropped; });
      std::erase_if(executor.copying,
                    [&](const auto& copy) { return copy.second.block.rdd == dropped; });
    });
  } else if (const auto* wanted = std::get_if<Replicate>(&action)) {
    perform_on(wanted->to, [this, asked = *wanted](Executor& executor) {
      executor.copying.emplace(asked.replica, asked);
      after(random_.between(kMillisecond, 100 * kMillisecond),
            [this, &executor, id = asked.replica] { copy(executor, id); });
    });
  } else if (const auto* wake = std::get_if<WakeAt>(&action)) {
    const auto time = wake->time.time_since_epoch();
    at(static_cast<Time>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()),
       [this] { send(TimePassed{}); });
  }
}

// Messages to an executor arrive in their order, and wait while it hangs.
void Simulation::perform_on(ExecutorId id, std::function<void(Executor&)> what) {
  auto& executor = *executors_.at(id.value);
  executor.link_clear = std::max(executor.link_clear, now_ + latency());
  const auto arrive = [this, &executor, what = std::move(what)] {
    if (executor.alive) what(executor);
  };
  at(executor.link_clear, [this, &executor, arrive] {
    // All that comes while it hangs is put off to the same time, and so keeps its order too.
    executor.answers(now_) ? arrive() : at(std::max(now_, executor.frozen_until), arrive);
  });
}

void Simulation::start_tasks(Executor& executor) {
  while (!executor.waiting.empty() && executor.running.size() < executor.cores) {
    auto next = std::move(executor.waiting.front());
    executor.waiting.pop_front();
    const auto id = next.id;
    executor.running.emplace(id, std::move(next));
    const bool straggles = scale_.faults && random_.chance(10);
    const auto takes = straggles ? random_.between(kSecond, 30 * kSecond)
                                 : random_.between(kMillisecond, 300 * kMillisecond);
    after(takes, [this, &executor, id] { work(executor, id); });
  }
}

// The task does its work now; the message about it may be late.
void Simulation::work(Executor& executor, TaskId task) {
  if (!executor.alive) return;
  if (!executor.answers(now_)) {
    return at(executor.frozen_until, [this, &executor, task] { work(executor, task); });
  }
  const auto taken = executor.running.extract(task);
  try {
    tell_end(executor, task, outcome(executor, taken.mapped()));
  } catch (const Crash&) {
    note(fmt::format("task {} takes executor {} down", task.value, executor.id.value));
    return kill(executor, "crashed");
  }
  start_tasks(executor);
}

// The copy arrives now, unless it was dropped meanwhile.
void Simulation::copy(Executor& executor, ReplicaId replica) {
  if (!executor.alive || !executor.copying.contains(replica)) return;
  if (!executor.answers(now_)) {
    return at(executor.frozen_until, [this, &executor, replica] { copy(executor, replica); });
  }
  const auto wanted = executor.copying.extract(replica).mapped();
  const auto& from = *executors_.at(wanted.from.value);
  const auto block = from.blocks.find(wanted.block);
  const bool there = from.answers(now_) && block != from.blocks.end();
  if (there) executor.blocks.insert(*block);
  report(ReplicaEnded{replica, executor.id, there});
}

// Some results wait until they are read.
void Simulation::tell_end(Executor& executor, TaskId task, TaskOutcome outcome) {
  auto* done = std::get_if<Done>(&outcome);
  if (done == nullptr || done->value.bytes.empty() || !random_.chance(200)) {
    return report(TaskEnded{task, executor.id, std::move(outcome)});
  }
  executor.results.emplace(task, std::move(*done));
  report(ResultAnnounced{task, executor.id, sizeof(Value)});
}

void Simulation::read_result(Executor& executor, TaskId task) {
  auto result = executor.results.extract(task);
  if (result.empty()) return;  // it was killed meanwhile
  auto& done = result.mapped();
  if (scale_.faults && random_.chance(50)) {
    report(TaskEnded{task, executor.id, Lost{"a piece is missing", std::move(done.cached)}});
  } else {
    report(TaskEnded{task, executor.id, std::move(done)});
  }
}

void Simulation::end_task(Executor& executor, TaskId task) {
  auto result = executor.results.extract(task);
  if (result.empty()) {
    executor.killed.insert(task);
  } else {
    report(TaskEnded{task, executor.id, Killed{"asked", std::move(result.mapped().cached)}});
  }
}

TaskOutcome Simulation::outcome(Executor& executor, const Work& work) {
  const bool killed = executor.killed.erase(work.id) > 0;
  // It may have been done before the message came.
  if (killed && random_.chance(800)) return Killed{"asked"};
  if (scale_.faults && now_ < scale_.span && random_.chance(8)) {
    return Failed{{"bad luck", "std::runtime_error", "map", !random_.chance(30)}};
  }
  return TaskWork(program_, executors_, executor, now_).run(work);
}

// Messages of executors overtake each other, and some come twice.
void Simulation::report(Event event) {
  if (scale_.faults && random_.chance(30)) {
    after(latency() + random_.pick(kSecond), [this, copy = event] { send(copy); });
  }
  after(latency(), [this, message = std::move(event)] { send(message); });
}

}  // namespace kindred::simulation
