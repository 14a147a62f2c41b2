#include "kindred/rdd/context.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>
#include <unordered_set>
#include <variant>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/interrupt.hpp"
#include "kindred/cluster/master.hpp"
#include "kindred/cluster/progress.hpp"
#include "kindred/cluster/recovery_log.hpp"
#include "kindred/cluster/run_summary.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/prepare_turns.hpp"

namespace kindred {
namespace {

// The nodes that need a job of their own before this one, parents before children. Throws
// UsageError for a stage that no task could run.
std::vector<const Prepared*> to_prepare(const StageEnd& end) {
  check_depth(end);
  std::vector<const Prepared*> found;
  std::unordered_set<const Node*> seen{&end};
  std::vector<std::pair<const Node*, std::size_t>> walk{{&end, 0}};
  while (!walk.empty()) {
    auto& [node, next] = walk.back();
    if (next < node->parents().size()) {
      const auto* parent = node->parents()[next++].get();
      if (seen.insert(parent).second) walk.emplace_back(parent, 0);
      continue;
    }
    if (node->kind() == NodeKind::shuffle_writer) {
      check_depth(static_cast<const StageEnd&>(*node));
    }
    if (const auto* prepared = dynamic_cast<const Prepared*>(node)) found.push_back(prepared);
    walk.pop_back();
  }
  return found;
}

scheduler::SchedulerOptions scheduler_options(const Config& config, const cluster::Master& master) {
  constexpr std::uint32_t kOfProcesses =
      4;  // as in Spark: once in local mode, 4 times on a cluster
  const bool local = std::holds_alternative<cluster::LocalMaster>(master);
  scheduler::SchedulerOptions options;
  options.max_task_failures = config.max_task_failures.value_or(local ? 1 : kOfProcesses);
  options.max_result_bytes = config.max_result_size;
  return options;
}

// A folder that was given must be one before any task needs it.
StorageOptions storage_of(const Config& config) {
  try {
    if (!config.local_dir.empty()) local_disk(config.local_dir)->create();
  } catch (const InputError& refused) {
    throw UsageError(fmt::format("kindred.local_dir: {}", refused.what()));
  }
  return {config.local_dir, config.shuffle_storage};
}

// The one place where the layers meet: a Session that runs its jobs through a Driver.
class DriverSession final : public Session {
 public:
  DriverSession(const Config& config, const cluster::Master& master, const MemoryRef& memory)
      : memory_(memory),
        driver_(cluster::make_backend(master, memory, broadcasts(), storage_of(config),
                                      config.shared_memory),
                scheduler_options(config, master)),
        interrupts_([this] {
          const auto jobs = driver_.cancel_all("interrupted (Ctrl-C)");
          turns_.ask_again();
          return jobs;
        }) {
    driver_.observe([this](const auto& action) { recovery_.on(action); });
    if (config.summary) {
      summary_ = std::make_unique<cluster::RunSummary>();
      driver_.observe([this](const auto& action) { summary_->on(action); });
    }
    if (config.quiet || !cluster::can_draw_on(STDERR_FILENO)) return;
    progress_ = std::make_unique<cluster::TerminalProgress>(STDERR_FILENO);
    driver_.observe([progress = progress_.get()](const auto& action) { progress->on(action); });
  }

  ~DriverSession() override {
    if (summary_ == nullptr) return;
    const auto ran = std::chrono::steady_clock::now() - started_;
    detail::flush_log();
    std::fprintf(stderr, "kindred: %s\n", summary_->text(recovery_.report(), ran).c_str());
  }

  RddId next_id() override { return RddId{next_id_.fetch_add(1, std::memory_order_relaxed)}; }
  const MemoryRef& memory() const override { return memory_; }

  std::vector<std::shared_ptr<const void>> run(std::shared_ptr<const StageEnd> result,
                                               std::vector<PartitionId> partitions) override {
    if (current_task() != nullptr) {
      throw UsageError(fmt::format(
          "{}: an action was called inside a function that runs in a task; there is no driver "
          "there. Join the two Rdds, or collect() one before and capture() its rows",
          result->last_op()));
    }
    release_unused();
    interrupts_.arm();
    const auto prepared = to_prepare(*result);
    RunningJob running(*this, result->last_op());
    auto values = driver_.run(
        std::move(result), std::move(partitions),
        [&](JobId job) {
          running.entered(job);
          if (prepares_cancelled(job))
            driver_.cancel(job, "the job that it prepares was cancelled");
          prepare(job, prepared);
        },
        [this](JobId job, const auto& updates) { accumulators().merge(job, updates); });
    release_unused();
    return values;
  }
  void unpersist(RddId rdd) override { driver_.unpersist(rdd); }
  void wait_for_replicas() override { driver_.wait_for_replicas(); }
  void drop_broadcast(BroadcastId broadcast) override { driver_.drop_broadcast(broadcast); }
  void cancel_all(const std::string& reason) override {
    driver_.cancel_all(reason);
    turns_.ask_again();
  }
  void cancel_group(std::string_view group, const std::string& reason) override {
    for (const auto& job : running_jobs()) {
      if (job.group == group) driver_.cancel(JobId{job.id}, reason);
    }
    turns_.ask_again();
  }
  void cancel_job(std::uint64_t job, const std::string& reason) override {
    for (const auto id : with_jobs_before(JobId{job})) driver_.cancel(id, reason);
    turns_.ask_again();
  }
  void cancel_stage(std::uint64_t stage, const std::string& reason) override {
    driver_.cancel_stage(StageId{stage}, reason);
  }
  std::vector<JobInfo> running_jobs() const override {
    const std::lock_guard lock(mutex_);
    std::vector<JobInfo> jobs;
    for (const auto& [id, job] : jobs_) jobs.push_back(job.info);
    return jobs;
  }
  std::vector<ExecutorInfo> executors() const override { return driver_.executors(); }
  RecoveryReport recovery_report() const override { return recovery_.report(); }

 private:
  struct ListedJob {
    JobInfo info;
    std::thread::id thread;
  };

  // A job of this thread, listed from before the jobs that prepare it until its caller goes on.
  class RunningJob {
   public:
    RunningJob(DriverSession& session, std::string op) : session_(session), op_(std::move(op)) {}
    RunningJob(const RunningJob&) = delete;
    RunningJob& operator=(const RunningJob&) = delete;
    ~RunningJob() {
      const std::lock_guard lock(session_.mutex_);
      if (id_) session_.jobs_.erase(*id_);
    }

    void entered(JobId id) {
      const std::lock_guard lock(session_.mutex_);
      id_ = id;
      session_.jobs_[id] = {{id.value, JobGroup::current(), op_}, std::this_thread::get_id()};
    }

   private:
    DriverSession& session_;
    std::string op_;
    std::optional<JobId> id_;
  };

  // Left where the job was cancelled meanwhile: it then ends as soon as it is submitted.
  void prepare(JobId job, const std::vector<const Prepared*>& nodes) {
    const auto cancelled = [&] { return driver_.cancelled_before_start(job); };
    for (const auto* node : nodes) {
      if (!turns_.take(*node, *this, cancelled)) return;
    }
  }
  // Whether this job of this thread prepares one that was cancelled: after the newest one was
  // listed, which whoever cancelled may not have seen.
  bool prepares_cancelled(JobId newest) const {
    std::vector<JobId> jobs;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, job] : jobs_) {
        if (id != newest && job.thread == std::this_thread::get_id()) jobs.push_back(id);
      }
    }
    return std::any_of(jobs.begin(), jobs.end(),
                       [this](JobId job) { return driver_.cancelled_before_start(job); });
  }
  // The job, and those that its thread runs to prepare it.
  std::vector<JobId> with_jobs_before(JobId job) const {
    const std::lock_guard lock(mutex_);
    std::vector<JobId> jobs;
    const auto first = jobs_.find(job);
    for (auto one = first; one != jobs_.end(); ++one) {
      if (one->second.thread == first->second.thread) jobs.push_back(one->first);
    }
    return jobs;
  }

  void release_unused() {
    for (const auto& note : releases()->take()) {
      if (const auto* shuffle = std::get_if<ShuffleId>(&note)) {
        driver_.forget_shuffle(*shuffle);
      } else {
        driver_.unpersist(std::get<RddId>(note));
      }
    }
  }

  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::map<JobId, ListedJob> jobs_;  // guarded by mutex_
  detail::PrepareTurns turns_;
  MemoryRef memory_;
  std::atomic<std::uint64_t> next_id_{0};
  cluster::RecoveryLog recovery_;  // these three before driver_, which shows them actions
  std::unique_ptr<cluster::RunSummary> summary_;
  std::unique_ptr<cluster::TerminalProgress> progress_;
  cluster::Driver driver_;
  cluster::InterruptWatch interrupts_;
};

Config with_master(std::string_view master) {
  Config config;
  config.master = master;
  config.apply_environment();
  return config;
}

MemoryRef budget_of(const Config& config) {
  return std::make_shared<MemoryManager>(config.memory.value_or(MemoryManager::kUnlimited));
}

}  // namespace

Context::Context(std::string_view master) : Context(with_master(master)) {}
Context::Context(const Config& config) : Context(config, budget_of(config)) {}
Context::Context(const Config& config, const MemoryRef& memory)
    : session_(
          std::make_shared<DriverSession>(config, cluster::parse_master(config.master), memory)) {}

}  // namespace kindred
