#include "comparison.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "measure.hpp"

namespace bench {

namespace {

void add(SideResult& result, const Report& report) {
  result.seconds.push_back(report.seconds);
  result.resident_peak = report.resident_peak;
  result.managed_peak = report.managed_peak;
}

void require_equal(const Report& engine, const Report& hand) {
  if (engine.checksum == hand.checksum) return;
  throw std::runtime_error("checksums differ: " + std::to_string(engine.checksum) +
                           " by the engine, " + std::to_string(hand.checksum) + " by hand");
}

void run_pairs(Comparison& comparison, const Setup& setup, int pairs) {
  const auto& workload = comparison.workload;
  SideProcess engine("engine", workload, setup);
  std::unique_ptr<SideProcess> hand;
  if (workload.hand) hand = std::make_unique<SideProcess>("hand", workload, setup);
  for (int pair = 0; pair <= pairs; ++pair) {
    const auto by_engine = engine.run();
    const auto by_hand = hand ? hand->run() : by_engine;
    require_equal(by_engine, by_hand);
    comparison.checksum = by_engine.checksum;
    if (pair == 0) continue;  // first touch of memory, caches, threads
    add(comparison.engine, by_engine);
    if (hand) add(comparison.hand, by_hand);
  }
}

}  // namespace

double SideResult::least() const { return std::ranges::min(seconds); }

double SideResult::middle() const { return median(seconds); }

std::vector<double> Comparison::ratios() const {
  std::vector<double> ratios;
  std::ranges::transform(engine.seconds, hand.seconds, std::back_inserter(ratios), std::divides{});
  return ratios;
}

double Comparison::memory_ratio() const {
  return double(engine.resident_peak) / double(hand.resident_peak);
}

std::optional<bool> Comparison::meets_then_target(const Setup& setup) const {
  if (!measured() || setup.divisor != 1 || !workload.then_target) return {};
  return median(ratios()) <= *workload.then_target;
}

std::optional<bool> Comparison::meets_memory_target(const Setup& setup) const {
  if (!measured() || setup.divisor != 1 || !workload.memory_target) return {};
  return memory_ratio() <= *workload.memory_target;
}

std::optional<bool> Comparison::meets_target(const Setup& setup) const {
  if (!measured() || setup.divisor != 1) return {};
  if (workload.target) return median(ratios()) <= *workload.target;
  if (workload.target_seconds) return engine.middle() <= *workload.target_seconds;
  return {};
}

Comparison compare(const Workload& workload, const Setup& setup, int pairs) {
  Comparison comparison{.workload = workload, .engine = {}, .hand = {}};
  try {
    run_pairs(comparison, setup, pairs);
  } catch (const Skipped& skipped) {
    comparison.skipped = skipped.what();
  } catch (const std::exception& error) {
    comparison.failed = error.what();
  }
  return comparison;
}

}  // namespace bench
