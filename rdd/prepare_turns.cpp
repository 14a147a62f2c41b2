#include "kindred/rdd/prepare_turns.hpp"

namespace kindred::detail {

bool PrepareTurns::take(const Prepared& node, Session& session,
                        const std::function<bool()>& cancelled) {
  {
    std::unique_lock lock(mutex_);
    bool left = false;
    changed_.wait(lock, [&] { return (left = cancelled()) || !busy_.contains(&node); });
    if (left) return false;
    busy_.insert(&node);
  }
  struct Turn {
    PrepareTurns& turns;
    const Prepared* node;
    ~Turn() {
      const std::lock_guard lock(turns.mutex_);
      turns.busy_.erase(node);
      turns.changed_.notify_all();
    }
  } const turn{*this, &node};
  node.prepare(session);
  return true;
}

void PrepareTurns::ask_again() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

}  // namespace kindred::detail
