// How a task ends early, inside the engine. A task's runner turns each into the outcome of the same
// name; none of them ever reaches a user's program.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "kindred/engine/node.hpp"
#include "kindred/engine/task.hpp"

namespace kindred::detail {

/// The base of what ends a task early: an op that wraps a user's function lets it pass.
struct TaskEnd : std::exception {};

/// A user's function threw; the op is known.
struct TaskFailure : TaskEnd {
  explicit TaskFailure(TaskError failure) : error(std::move(failure)) {}
  const char* what() const noexcept override { return error.message.c_str(); }
  TaskError error;
};

/// A map output could not be had.
struct FetchFailure : TaskEnd {
  explicit FetchFailure(FetchFailed failure) : outcome(std::move(failure)) {}
  const char* what() const noexcept override { return outcome.message.c_str(); }
  FetchFailed outcome;
};

/// The driver asked for the task's end.
struct TaskKilled : TaskEnd {
  explicit TaskKilled(std::string why) : reason(std::move(why)) {}
  const char* what() const noexcept override { return reason.c_str(); }
  std::string reason;
};

/// What is being thrown, as text and type name. Call it inside a catch block only.
TaskError current_exception_as_error();

/// Throws the current exception on as a TaskFailure of `op`; a TaskEnd as it is. Call it inside a
/// catch block only.
[[noreturn]] void rethrow_from_op(const OpLabel& op);

}  // namespace kindred::detail
