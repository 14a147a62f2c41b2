// What an Rdd knows of the Context that made it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/engine/executor_info.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/engine/recovery_report.hpp"
#include "kindred/rdd/accumulator_states.hpp"
#include "kindred/rdd/broadcast_states.hpp"
#include "kindred/rdd/job_group.hpp"

namespace kindred {

/// What a session must give up because its last node is gone. Nodes die on any thread, the
/// scheduler's included, where no session may be called: they leave a note here, and the session
/// reads them before and after each job.
class ReleaseNotes {
 public:
  using Note = std::variant<ShuffleId, RddId>;

  void add(Note note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(note);
  }
  std::vector<Note> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notes_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Note> notes_;  // guarded by mutex_
};

/// Leaves a note when the node that owns it is gone. Empty in nodes that were read from bytes.
class ReleaseOnExit {
 public:
  ReleaseOnExit() = default;
  ReleaseOnExit(std::shared_ptr<ReleaseNotes> notes, ReleaseNotes::Note note)
      : notes_(std::move(notes)), note_(note) {}
  ReleaseOnExit(ReleaseOnExit&&) noexcept = default;
  ReleaseOnExit& operator=(ReleaseOnExit&&) = delete;
  ~ReleaseOnExit() {
    if (notes_ != nullptr) notes_->add(note_);
  }

 private:
  std::shared_ptr<ReleaseNotes> notes_;
  ReleaseNotes::Note note_;
};

/// Runs jobs and gives out ids; shared by a Context and its Rdds. Safe to use from any thread.
class Session {
 public:
  Session()
      : releases_(std::make_shared<ReleaseNotes>()),
        broadcasts_(std::make_shared<detail::BroadcastStates>()) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  virtual RddId next_id() = 0;
  virtual const MemoryRef& memory() const = 0;
  /// Runs a job and waits: the values of `partitions`, in their order. Throws JobError,
  /// CancelledError, and UsageError inside a task.
  virtual std::vector<std::shared_ptr<const void>> run(std::shared_ptr<const StageEnd> result,
                                                       std::vector<PartitionId> partitions) = 0;
  virtual void unpersist(RddId rdd) = 0;
  virtual void wait_for_replicas() = 0;
  virtual void drop_broadcast(BroadcastId broadcast) = 0;
  virtual void cancel_all(const std::string& reason) = 0;
  virtual void cancel_group(std::string_view group, const std::string& reason) = 0;
  virtual void cancel_job(std::uint64_t job, const std::string& reason) = 0;
  virtual void cancel_stage(std::uint64_t stage, const std::string& reason) = 0;
  virtual std::vector<JobInfo> running_jobs() const = 0;
  virtual std::vector<ExecutorInfo> executors() const = 0;
  virtual RecoveryReport recovery_report() const = 0;

  const std::shared_ptr<ReleaseNotes>& releases() const { return releases_; }
  detail::AccumulatorStates& accumulators() { return accumulators_; }
  const std::shared_ptr<detail::BroadcastStates>& broadcasts() const { return broadcasts_; }

 private:
  std::shared_ptr<ReleaseNotes> releases_;
  detail::AccumulatorStates accumulators_;
  std::shared_ptr<detail::BroadcastStates> broadcasts_;
};
using SessionRef = std::shared_ptr<Session>;

/// A node that needs a job of its own before its stage can run: a sort that samples its keys, an
/// index that counts rows.
class Prepared {
 public:
  virtual ~Prepared() = default;
  /// Runs that job, once; called before a job that needs the node, parents before children.
  virtual void prepare(Session& session) const = 0;
};

}  // namespace kindred
