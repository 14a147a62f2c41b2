// What goes wrong in a simulation, and what its driver program does.
#include <fmt/format.h>
#include <iterator>

#include "tests/scheduler/simulation/simulation.hpp"

namespace kindred::simulation {
namespace {

using namespace kindred::scheduler;

// How long a driver waits for an executor that does not answer.
constexpr Time kPatience = 10 * kSecond;

template <class Map>
auto some_entry(Map& map, std::size_t index) {
  return std::next(map.begin(), static_cast<std::ptrdiff_t>(index));
}

}  // namespace

void Simulation::plan_jobs() {
  for (const auto& job : program_.jobs) {
    at(job.submitted, [this, &job] { send(JobSubmitted{job.id, job.result, job.partitions}); });
    if (job.cancelled) {
      at(*job.cancelled, [this, &job] { send(JobCancelled{job.id, "no longer wanted"}); });
    }
  }
}

void Simulation::plan_faults() {
  // Some schedules with one or two, to tell more easily what they cost; the others full of them.
  const auto faults = random_.chance(300) ? 1 + random_.pick(2) : random_.pick(60);
  for (std::size_t i = 0; i < faults; ++i) {
    at(random_.pick(scale_.span), [this] { disturb(); });
  }
}

void Simulation::disturb() {
  auto* executor = some_executor();
  switch (random_.pick(12)) {
    case 0:
    case 1:
    case 2:
      return kill(*executor, "killed");
    case 3:
    case 4:
      return freeze(*executor);
    case 5:
    case 6:
    case 7:
      return lose_file(*executor);
    case 8:
    case 9:
      return evict(*executor);
    case 10:
      if (program_.persisted.empty()) return;
      return send(
          RddUnpersisted{program_.persisted[random_.pick(program_.persisted.size())]->id()});
    default:
      if (program_.writers.empty()) return;
      return send(
          ShuffleForgotten{program_.writers[random_.pick(program_.writers.size())]->shuffle()});
  }
}

// One that lives; there is always one, since each that dies is replaced.
Executor* Simulation::some_executor() {
  const auto from = random_.pick(executors_.size());
  for (std::size_t i = 0; i < executors_.size(); ++i) {
    auto& executor = *executors_[(from + i) % executors_.size()];
    if (executor.alive) return &executor;
  }
  throw Broken("no executor is left in the simulation");
}

// It is dead from now on; that it is gone is known later.
void Simulation::kill(Executor& executor, const char* why) {
  note(fmt::format("executor {} dies", executor.id.value));
  executor.alive = false;
  const Time known =
      random_.chance(800) ? random_.pick(50 * kMillisecond) : random_.pick(kPatience);
  replace(executor, known, why);
}

// Where that lasts longer than the driver waits, the executor is declared lost, and goes on later.
void Simulation::freeze(Executor& executor) {
  if (executor.frozen_until > now_) return;
  const Time lasts = random_.between(kMillisecond, 3 * kPatience);
  note(fmt::format("executor {} hangs for {} ms", executor.id.value, lasts / kMillisecond));
  executor.frozen_until = now_ + lasts;
  if (lasts > kPatience) replace(executor, kPatience, "it did not answer");
}

void Simulation::replace(Executor& executor, Time known_after, const char* why) {
  const auto tell = [this, id = executor.id, why] { send(ExecutorGone{id, why}); };
  after(known_after, tell);
  if (random_.chance(100)) after(known_after + random_.pick(kSecond), tell);
  start_executor();
}

void Simulation::lose_file(Executor& executor) {
  if (executor.outputs.empty()) return;
  const auto lost = some_entry(executor.outputs, random_.pick(executor.outputs.size()));
  note(fmt::format("executor {} loses partition {} of shuffle {}", executor.id.value,
                   lost->first.second.value, lost->first.first.value));
  executor.outputs.erase(lost);
}

// Not all evictions are told to the driver, and some before it knows of the block.
void Simulation::evict(Executor& executor) {
  if (executor.blocks.empty()) return;
  const auto evicted = some_entry(executor.blocks, random_.pick(executor.blocks.size()));
  const auto block = evicted->first;
  note(fmt::format("executor {} evicts partition {} of {}", executor.id.value,
                   block.partition.value, block.rdd.value));
  executor.blocks.erase(evicted);
  if (random_.chance(500)) report(BlocksDropped{executor.id, {block}});
}

// The driver program ends: nothing may be left.
void Simulation::drop_everything() {
  for (const auto& writer : program_.writers) send(ShuffleForgotten{writer->shuffle()});
  for (const auto& rdd : program_.persisted) send(RddUnpersisted{rdd->id()});
  for (const auto& executor : executors_) send(ExecutorGone{executor->id, "the program ends"});
}

}  // namespace kindred::simulation
