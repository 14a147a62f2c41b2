#include "kindred/scheduler/stage_updates.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

namespace kindred::scheduler {

void StageUpdates::add(PartitionId partition, AccumulatorUpdates updates) {
  if (partition.value >= counted_.size()) counted_.resize(partition.value + std::size_t{1});
  if (counted_[partition.value]) return;
  counted_[partition.value] = true;
  if (!updates.empty()) waiting_.emplace(partition, std::move(updates));
}

void StageUpdates::move_to(AccumulatorUpdates& updates) {
  for (auto& [partition, added] : std::exchange(waiting_, {})) {
    updates.insert(updates.end(), std::make_move_iterator(added.begin()),
                   std::make_move_iterator(added.end()));
  }
}

}  // namespace kindred::scheduler
