#include "kindred/cluster/driver.hpp"

#include <chrono>
#include <fmt/format.h>
#include <optional>
#include <utility>
#include <variant>

#include "kindred/engine/check.hpp"
#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

// A job and its waiting caller. The draining thread fills it in, and does not touch it after end();
// the caller reads the values after wait() only.
class Driver::Job {
 public:
  using Ending = std::variant<scheduler::JobSucceeded, scheduler::JobFailed, scheduler::JobStopped>;

  Job(JobId id, const std::vector<PartitionId>& partitions) : id_(id), values_(partitions.size()) {
    positions_.reserve(partitions.size());
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      KINDRED_CHECK(positions_.emplace(partitions[i], i).second);
    }
  }

  JobId id() const { return id_; }
  std::string cancelled_text(const std::string& reason) const {
    return fmt::format("job {} was cancelled: {}", id_.value, reason);
  }

  void give(PartitionId partition, TaskValue value) {
    values_[positions_.at(partition)] = std::move(value);
  }
  void update(AccumulatorUpdates updates) { updates_ = std::move(updates); }
  void end(Ending ending) {
    const std::lock_guard lock(mutex_);
    ending_ = std::move(ending);
    ended_ = true;
    ended_changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    ended_changed_.wait(lock, [this] { return ended_; });
  }

  /// Gives `merge` what the tasks added to accumulators, after wait(). What it throws is the end of
  /// a job that had succeeded; one that had not keeps its own.
  void merge_updates(const UpdateMerge& merge) {
    if (!merge || updates_.empty()) return;
    try {
      merge(id_, std::exchange(updates_, {}));
    } catch (const Error& error) {
      if (std::holds_alternative<scheduler::JobSucceeded>(ending_)) throw;
      detail::log_warning(error.what());
    }
  }

  /// The values as the caller wants them, after wait(); throws what the job ended with.
  Values take(const StageEnd& result) {
    if (auto* failed = std::get_if<scheduler::JobFailed>(&ending_)) {
      throw JobError(std::move(failed->failure));
    }
    if (const auto* stopped = std::get_if<scheduler::JobStopped>(&ending_)) {
      throw CancelledError(cancelled_text(stopped->reason));
    }
    Values values;
    values.reserve(values_.size());
    for (auto& value : values_) {
      values.push_back(value.object != nullptr ? std::move(value.object)
                                               : result.decode_value(value.bytes));
      value = {};
    }
    return values;
  }

  bool submitted = false;                // guarded by Driver::mutex_
  std::optional<std::string> cancelled;  // guarded by Driver::mutex_: before it was submitted

 private:
  const JobId id_;
  std::unordered_map<PartitionId, std::size_t> positions_;
  std::vector<TaskValue> values_;
  AccumulatorUpdates updates_;
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;  // guarded by mutex_
  Ending ending_;       // guarded by mutex_
};

Driver::Driver(std::unique_ptr<scheduler::Backend> backend, scheduler::SchedulerOptions options)
    : observers_(std::make_shared<const Observers>()),
      backend_(std::move(backend)),
      scheduler_(std::make_unique<scheduler::Scheduler>(options)) {
  backend_->start([this](scheduler::Event event) { post(std::move(event)); });
}

Driver::~Driver() {
  cancel_all("the driver is being closed");
  {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return jobs_.empty(); });
  }
  backend_->stop();
  std::vector<scheduler::Event> dropped;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    replicas_ended_.notify_all();
    left_.wait(lock, [this] { return !draining_; });
    dropped.swap(queue_);
  }
  dropped.clear();
  backend_.reset();
  scheduler_.reset();
}

Driver::Values Driver::run(std::shared_ptr<const StageEnd> result,
                           std::vector<PartitionId> partitions,
                           const std::function<void(JobId)>& entered, const UpdateMerge& merge) {
  if (partitions.empty()) return {};
  const auto job = enter(partitions);
  struct Leave {
    Driver& driver;
    JobId id;
    ~Leave() { driver.leave(id); }
  } const leave_at_end{*this, job->id()};
  if (entered) entered(job->id());
  submit(*job, {job->id(), result, std::move(partitions)});
  job->wait();
  job->merge_updates(merge);
  return job->take(*result);
}

std::shared_ptr<Driver::Job> Driver::enter(const std::vector<PartitionId>& partitions) {
  const std::lock_guard lock(mutex_);
  if (closed_) throw CancelledError("the driver is closed: no job can be run any more");
  auto job = std::make_shared<Job>(JobId{next_job_++}, partitions);
  jobs_.emplace(job->id(), job);
  return job;
}

void Driver::submit(Job& job, scheduler::JobSubmitted event) {
  {
    const std::lock_guard lock(mutex_);
    if (job.cancelled) throw CancelledError(job.cancelled_text(*job.cancelled));
    job.submitted = true;
    // Under the same lock: a cancel that finds it submitted must come after it.
    if (!enqueue(std::move(event))) return;
  }
  drain();
}

void Driver::leave(JobId id) {
  const std::lock_guard lock(mutex_);
  jobs_.erase(id);
  left_.notify_all();
}

void Driver::cancel(JobId job, std::string reason) {
  {
    // The scheduler knows nothing yet of a job that is not submitted, and would forget the event.
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(job);
    if (found == jobs_.end()) return;
    if (!found->second->submitted) {
      found->second->cancelled = std::move(reason);
      return;
    }
  }
  post(scheduler::JobCancelled{job, std::move(reason)});
}

bool Driver::cancelled_before_start(JobId job) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job);
  return found != jobs_.end() && found->second->cancelled.has_value();
}

void Driver::cancel_stage(StageId stage, const std::string& reason) {
  post(scheduler::StageCancelled{stage, fmt::format("stage {}: {}", stage.value, reason)});
}

std::size_t Driver::cancel_all(const std::string& reason) {
  std::vector<JobId> running;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) running.push_back(id);
  }
  for (const auto id : running) cancel(id, reason);
  return running.size();
}

void Driver::forget_shuffle(ShuffleId shuffle) { post(scheduler::ShuffleForgotten{shuffle}); }

void Driver::unpersist(RddId rdd) { post(scheduler::RddUnpersisted{rdd}); }

void Driver::wait_for_replicas() {
  std::unique_lock lock(mutex_);
  // Events that are queued may ask for more.
  const auto queued = events_queued_;
  replicas_ended_.wait(
      lock, [&] { return closed_ || (events_handled_ >= queued && replicas_under_way_ == 0); });
}

void Driver::drop_broadcast(BroadcastId broadcast) { post(scheduler::BroadcastDropped{broadcast}); }

void Driver::observe(Observer observer) {
  const std::lock_guard lock(mutex_);
  auto observers = std::make_shared<Observers>(*observers_);
  observers->push_back(std::move(observer));
  observers_ = std::move(observers);
  observed_ = true;
}

// The event is destroyed by the caller or by drain(), never under the lock: it may hold the last
// reference to a node, whose destructor comes back here.
void Driver::post(scheduler::Event event) {
  {
    const std::lock_guard lock(mutex_);
    if (!enqueue(std::move(event))) return;
  }
  drain();
}

// Under mutex_. True where nobody is at work on the queue, so that the caller has to drain it.
bool Driver::enqueue(scheduler::Event&& event) {
  if (closed_) return false;
  note_executor(event);
  queue_.push_back(std::move(event));
  ++events_queued_;
  return !std::exchange(draining_, true);
}

void Driver::note_executor(const scheduler::Event& event) {
  if (const auto* joined = std::get_if<scheduler::ExecutorJoined>(&event)) {
    if (joined->pid != 0) executors_.emplace(joined->executor, joined->pid);
  } else if (const auto* gone = std::get_if<scheduler::ExecutorGone>(&event)) {
    executors_.erase(gone->executor);
  }
}

std::vector<ExecutorInfo> Driver::executors() const {
  const std::lock_guard lock(mutex_);
  std::vector<ExecutorInfo> executors;
  for (const auto& [id, pid] : executors_) executors.push_back({id.value, pid});
  return executors;
}

// noexcept: what the scheduler throws is a broken invariant, and going on could give a wrong
// answer.
void Driver::drain() noexcept {
  std::vector<scheduler::Event> batch;
  for (;;) {
    const auto handled = batch.size();
    batch.clear();
    {
      const std::lock_guard lock(mutex_);
      events_handled_ += handled;
      replicas_under_way_ = scheduler_->replicas_under_way();
      replicas_ended_.notify_all();
      if (queue_.empty() || closed_) {
        draining_ = false;
        if (closed_) left_.notify_all();
        return;
      }
      batch.swap(queue_);
    }
    for (auto& event : batch) {
      auto actions = scheduler_->on(std::chrono::steady_clock::now(), std::move(event));
      for (auto& action : actions) carry_out(action);
    }
  }
}

void Driver::carry_out(scheduler::Action& action) {
  const auto end = [&](auto& ending) {
    show(action);
    if (const auto job = find(ending.job)) job->end(std::move(ending));
  };
  std::visit(Overloaded{
                 [&](scheduler::PartitionResult& result) {
                   if (const auto job = find(result.job)) {
                     job->give(result.partition, std::move(result.value));
                   }
                 },
                 [&](scheduler::AccumulatorsUpdated& updated) {
                   if (const auto job = find(updated.job)) job->update(std::move(updated.updates));
                 },
                 [&](scheduler::JobSucceeded& ending) { end(ending); },
                 [&](scheduler::JobFailed& ending) { end(ending); },
                 [&](scheduler::JobStopped& ending) { end(ending); },
                 [&](scheduler::StageStarted&) { show(action); },
                 [&](scheduler::StageSkipped&) { show(action); },
                 [&](scheduler::TaskFinished&) { show(action); },
                 [&](scheduler::DataLost&) { show(action); },
                 [&](scheduler::StageFinished&) {
                   backend_->perform(action);
                   show(action);
                 },
                 [&](scheduler::LaunchTasks&) {
                   show(action);  // first: its tasks may end at once
                   backend_->perform(action);
                 },
                 [&](scheduler::KillTask&) { backend_->perform(action); },
                 [&](scheduler::FetchResult&) {
                   show(action);
                   backend_->perform(action);
                 },
                 [&](scheduler::DropShuffle&) { backend_->perform(action); },
                 [&](scheduler::DropBlocks&) { backend_->perform(action); },
                 [&](scheduler::Replicate&) { backend_->perform(action); },
                 [&](scheduler::WakeAt&) { backend_->perform(action); },
                 [&](scheduler::DropBroadcast&) { backend_->perform(action); },
             },
             action);
}

void Driver::show(const scheduler::Action& action) {
  if (!observed_.load(std::memory_order_acquire)) return;
  std::shared_ptr<const Observers> observers;
  {
    const std::lock_guard lock(mutex_);
    observers = observers_;
  }
  for (const auto& observer : *observers) {
    try {
      observer(action);
    } catch (const std::exception& failure) {
      detail::log_warning(fmt::format("an observer of stages threw: {}", failure.what()));
    }
  }
}

std::shared_ptr<Driver::Job> Driver::find(JobId id) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : found->second;
}

}  // namespace kindred::cluster
