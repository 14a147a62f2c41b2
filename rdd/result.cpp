#include "kindred/rdd/result.hpp"

#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/engine/task_failure.hpp"

namespace kindred::detail {

void throw_driver_failure(const OpLabel& op) {
  auto error = current_exception_as_error();
  JobFailure failure;
  failure.message = error.message + " (while the driver merged the values of the partitions)";
  failure.type = std::move(error.type);
  failure.op = op.text();
  failure.executor = "driver";
  throw JobError(std::move(failure));
}

void throw_empty(const OpLabel& action) {
  throw EmptyRddError(
      fmt::format("{}: this Rdd has no elements. count() tells beforehand; take(1) and sum() give "
                  "an answer for none",
                  action.text()));
}

}  // namespace kindred::detail
