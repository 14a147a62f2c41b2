// The engine's side of a workload.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "kindred/kindred.hpp"

#include "workload.hpp"

namespace bench {

using ContextRef = std::shared_ptr<kindred::Context>;

/// A context on as many threads as the hand-written side has.
inline ContextRef make_context(const Setup& setup) {
  return std::make_shared<kindred::Context>("local[" + std::to_string(setup.threads) + "]");
}

/// A side whose every repetition is `job()`. The context outlives what the job holds.
template <class Job>
Side engine_side(ContextRef context, Job job) {
  return {.run = [context, job = std::move(job)] { return Outcome(job()); },
          .managed_peak = [context] { return context->memory().peak(); }};
}

}  // namespace bench
