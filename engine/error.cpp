#include "kindred/engine/error.hpp"

#include <fmt/format.h>

namespace kindred {
namespace {

std::string sentence(const JobFailure& failure) {
  std::string text = fmt::format("job {} failed: {}", failure.job, failure.message);
  if (!failure.type.empty()) text += fmt::format(" [{}]", failure.type);
  if (!failure.op.empty()) text += fmt::format("\n  in {}", failure.op);
  text += fmt::format("\n  stage {}, partition {}", failure.stage, failure.partition);
  if (!failure.executor.empty()) text += fmt::format(", executor {}", failure.executor);
  if (failure.attempts > 0) {
    text += fmt::format("; failed {} time{}", failure.attempts, failure.attempts == 1 ? "" : "s");
  }
  return text;
}

}  // namespace

JobError::JobError(JobFailure failure) : Error(sentence(failure)), failure_(std::move(failure)) {}

}  // namespace kindred
