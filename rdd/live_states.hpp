// How a handle that was captured and copied as bytes finds what it stands for, in the driver.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace kindred::detail {

/// A number that no other accumulator or broadcast of this process has, and that is no address: a
/// handle is captured by value, where addresses are looked for.
std::uint64_t new_shared_id();

/// The states of all Contexts of this process, by the id that their handles hold; they belong to
/// their Contexts. Only the driver's process has any. Safe to use from any thread.
template <class Id, class State>
class LiveStates {
 public:
  void add(Id id, const std::shared_ptr<State>& state) {
    const std::lock_guard lock(mutex_);
    states_.emplace(id, state);
  }
  void remove(Id id) {
    const std::lock_guard lock(mutex_);
    states_.erase(id);
  }
  /// Null where the Context is gone, and in every other process.
  std::shared_ptr<State> find(Id id) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    return found == states_.end() ? nullptr : found->second.lock();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<Id, std::weak_ptr<State>> states_;  // guarded by mutex_
};

}  // namespace kindred::detail
