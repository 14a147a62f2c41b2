// The accumulators of a session, without their types.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/engine/ids.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/task.hpp"

namespace kindred::detail {

/// An accumulator as the driver has it. prepare() and commit() are called by one thread at a time,
/// the rest by any.
class AccumulatorState {
 public:
  AccumulatorState(AccumulatorId id, OpLabel label) : id_(id), label_(std::move(label)) {}
  AccumulatorState(const AccumulatorState&) = delete;
  AccumulatorState& operator=(const AccumulatorState&) = delete;
  virtual ~AccumulatorState() = default;

  AccumulatorId id() const { return id_; }
  const OpLabel& label() const { return label_; }
  /// Merges updates, in this order, into a copy of the value. Throws what the user's combine
  /// throws.
  virtual void prepare(const std::vector<std::string_view>& updates) = 0;
  /// Makes that copy the value, and lets go of what was the value before.
  virtual void commit() noexcept = 0;
  /// Lets go of the copy.
  virtual void abandon() noexcept = 0;

 private:
  const AccumulatorId id_;
  const OpLabel label_;
};

/// The accumulators that a Context made. Safe to use from any thread.
class AccumulatorStates {
 public:
  AccumulatorStates() = default;
  AccumulatorStates(const AccumulatorStates&) = delete;
  AccumulatorStates& operator=(const AccumulatorStates&) = delete;
  ~AccumulatorStates();

  void add(std::shared_ptr<AccumulatorState> state);
  /// Merges what the tasks of a job added: all of it or, where a combine throws, nothing; then it
  /// throws a JobError that names the accumulator.
  void merge(JobId job, const AccumulatorUpdates& updates);

 private:
  std::mutex merging_;  // taken before mutex_
  std::mutex mutex_;
  std::map<AccumulatorId, std::shared_ptr<AccumulatorState>> states_;  // guarded by mutex_
};

/// The accumulator of a handle. Throws UsageError inside a task, and where its Context is gone.
std::shared_ptr<AccumulatorState> accumulator_of_driver(AccumulatorId id, std::string_view member);
/// Throws UsageError: there is no task to add to.
[[noreturn]] void throw_added_outside_a_task(AccumulatorId id);
/// Throws UsageError: a combine threw before, and the value is lost.
[[noreturn]] void throw_broken_accumulator();

}  // namespace kindred::detail
