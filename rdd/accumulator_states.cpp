#include "kindred/rdd/accumulator_states.hpp"

#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/engine/task_failure.hpp"
#include "kindred/rdd/live_states.hpp"

namespace kindred::detail {
namespace {

LiveStates<AccumulatorId, AccumulatorState>& live_accumulators() {
  // Never destroyed: a Context may be a global.
  static auto* const all = new LiveStates<AccumulatorId, AccumulatorState>;
  return *all;
}

std::string text_of(AccumulatorId id) {
  const auto state = live_accumulators().find(id);
  return state == nullptr ? "accumulator" : state->label().text();
}

[[noreturn]] void throw_merge_failure(JobId job, const std::string& accumulator, TaskError error) {
  JobFailure failure;
  failure.message = fmt::format("{}: {} (while the driver merged what the tasks added)",
                                accumulator, error.message);
  failure.type = std::move(error.type);
  failure.op = accumulator;
  failure.job = job.value;
  failure.executor = "driver";
  throw JobError(std::move(failure));
}

}  // namespace

AccumulatorStates::~AccumulatorStates() {
  for (const auto& [id, state] : states_) live_accumulators().remove(id);
}

void AccumulatorStates::add(std::shared_ptr<AccumulatorState> state) {
  live_accumulators().add(state->id(), state);
  const std::lock_guard lock(mutex_);
  const auto id = state->id();
  states_.emplace(id, std::move(state));
}

void AccumulatorStates::merge(JobId job, const AccumulatorUpdates& updates) {
  std::map<AccumulatorId, std::vector<std::string_view>> by_accumulator;
  for (const auto& update : updates) by_accumulator[update.accumulator].push_back(update.bytes);
  const std::lock_guard one_job_at_a_time(merging_);
  struct Prepared {
    std::vector<std::shared_ptr<AccumulatorState>> states;
    ~Prepared() {
      for (const auto& state : states) state->abandon();
    }
  } prepared;
  for (const auto& [id, bytes] : by_accumulator) {
    std::shared_ptr<AccumulatorState> state;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = states_.find(id); found != states_.end()) state = found->second;
    }
    if (state == nullptr) {
      throw_merge_failure(job, text_of(id),
                          {"a task added to an accumulator of another Context: make one with the "
                           "Context that runs the job",
                           "kindred::UsageError",
                           {},
                           false});
    }
    prepared.states.push_back(state);
    try {
      state->prepare(bytes);
    } catch (...) {
      throw_merge_failure(job, state->label().text(), current_exception_as_error());
    }
  }
  for (const auto& state : std::exchange(prepared.states, {})) state->commit();
}

std::shared_ptr<AccumulatorState> accumulator_of_driver(AccumulatorId id, std::string_view member) {
  if (current_task() != nullptr) {
    throw UsageError(fmt::format(
        "{}: {}() was called inside a function that runs in a task, which knows only what it added "
        "itself: call it in the driver, after the action",
        text_of(id), member));
  }
  auto state = live_accumulators().find(id);
  if (state == nullptr) {
    throw UsageError(
        fmt::format("accumulator: {}() was called where the Context that made the accumulator is "
                    "gone or never was: keep the Context until then, and call it in the driver",
                    member));
  }
  return state;
}

void throw_added_outside_a_task(AccumulatorId id) {
  throw UsageError(fmt::format(
      "{}: add() was called outside of a task. Only functions that run in tasks may add: those of "
      "map, filter, for_each and their kin; what the driver itself merges (the last step of reduce "
      "or fold), and threads that a function started, may not",
      text_of(id)));
}

void throw_broken_accumulator() {
  throw UsageError(
      "accumulator: its combine threw in this task before, and the function went on; what was "
      "added "
      "is lost. Let the exception pass, or catch it inside the combine");
}

}  // namespace kindred::detail
