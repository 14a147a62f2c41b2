#include "kindred/engine/task_accumulators.hpp"

#include <algorithm>

namespace kindred {

AccumulatorUpdates TaskAccumulators::encode() const {
  AccumulatorUpdates updates;
  updates.reserve(all_.size());
  for (const auto& one : all_) updates.push_back({one->id(), one->encode()});
  std::sort(updates.begin(), updates.end(),
            [](const auto& a, const auto& b) { return a.accumulator < b.accumulator; });
  return updates;
}

}  // namespace kindred
