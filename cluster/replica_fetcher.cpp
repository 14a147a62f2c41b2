#include "kindred/cluster/replica_fetcher.hpp"

#include <exception>
#include <utility>

#include "kindred/engine/error.hpp"

namespace kindred::cluster {

ReplicaFetcher::ReplicaFetcher(BlockStore& store, MemoryRef memory,
                               std::shared_ptr<BlockClient> client, Ended ended)
    : store_(store),
      memory_(std::move(memory)),
      client_(std::move(client)),
      ended_(std::move(ended)),
      thread_([this] { work(); }) {}

ReplicaFetcher::~ReplicaFetcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ReplicaFetcher::fetch(const Replicate& wanted) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(wanted);
  }
  changed_.notify_one();
}

void ReplicaFetcher::drop(RddId rdd) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(queue_, [&](const Replicate& one) { return one.block.rdd == rdd; });
    if (under_way_ == rdd) under_way_.reset();
  }
  // What was put before is found here, and nothing is put from now on.
  store_.drop(rdd);
}

void ReplicaFetcher::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const auto wanted = queue_.front();
    queue_.pop_front();
    under_way_ = wanted.block.rdd;
    lock.unlock();
    const auto why_not = copy(wanted);
    lock.lock();
    const bool dropped = !std::exchange(under_way_, std::nullopt);
    lock.unlock();
    if (!dropped) ended_(wanted.replica, why_not);
    lock.lock();
  }
}

// Nothing takes copies out of memory later: they leave one half of it to tasks.
void ReplicaFetcher::check_room(std::size_t bytes) const {
  if (memory_->used() > memory_->limit() / 2 || bytes > memory_->limit() / 2 - memory_->used()) {
    throw Error("more than half of the executor's memory would be in use");
  }
}

std::string ReplicaFetcher::copy(const Replicate& wanted) {
  try {
    check_room(0);
    auto bytes = client_->fetch_block(wanted.from, wanted.block);
    check_room(bytes.size());
    const auto block = std::make_shared<const SealedCopy>(std::move(bytes), memory_);
    const std::lock_guard lock(mutex_);
    if (under_way_) store_.put(wanted.block, block);
    return {};
  } catch (const std::exception& failure) {
    return failure.what();
  }
}

}  // namespace kindred::cluster
