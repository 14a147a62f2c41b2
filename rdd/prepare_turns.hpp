// Whose turn it is to prepare a node.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>

#include "kindred/rdd/session.hpp"

namespace kindred::detail {

/// Lets one thread prepare a node, which runs a job, while others that need it wait; those leave as
/// soon as they are no longer to wait. Safe to use from any thread, by a thread that has another
/// turn too.
class PrepareTurns {
 public:
  PrepareTurns() = default;
  PrepareTurns(const PrepareTurns&) = delete;
  PrepareTurns& operator=(const PrepareTurns&) = delete;

  /// Calls node.prepare(session) when nobody else does, and returns true; false where `cancelled`
  /// is true before.
  bool take(const Prepared& node, Session& session, const std::function<bool()>& cancelled);
  /// Lets those that wait ask whether they still are to.
  void ask_again();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<const Prepared*> busy_;  // guarded by mutex_
};

}  // namespace kindred::detail
