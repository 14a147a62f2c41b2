// Cached blocks on further executors: what becomes of copies, and which ones to make.
#include "kindred/scheduler/scheduler.hpp"

namespace kindred::scheduler {

void Scheduler::take(ReplicaEnded& event) {
  const auto block = replicas_.ended(event.replica, event.executor, event.stored);
  if (!block) return;
  if (event.stored && !blocks_.add(*block, event.executor)) {
    emit(DropBlocks{event.executor, block->rdd});
  }
  replicate();
}

void Scheduler::replicate() {
  for (const auto& copy : replicas_.plan(blocks_)) emit(copy);
}

}  // namespace kindred::scheduler
