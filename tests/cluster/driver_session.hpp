// A Session over any backend, so that ops can run where no master's name leads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/recovery_log.hpp"
#include "kindred/kindred.hpp"

namespace kindred::test {

/// Without what a job before a job needs: sorts.
class DriverSession final : public Session {
 public:
  using MakeBackend =
      std::function<std::unique_ptr<scheduler::Backend>(std::shared_ptr<BroadcastOrigin>)>;

  DriverSession(const MakeBackend& make_backend, scheduler::SchedulerOptions options)
      : driver_(make_backend(broadcasts()), options) {
    driver_.observe([this](const auto& action) { recovery_.on(action); });
  }

  RddId next_id() override { return RddId{next_id_++}; }
  const MemoryRef& memory() const override { return memory_; }
  std::vector<std::shared_ptr<const void>> run(std::shared_ptr<const StageEnd> result,
                                               std::vector<PartitionId> partitions) override {
    release_unused();
    auto values =
        driver_.run(std::move(result), std::move(partitions), {},
                    [this](JobId job, const auto& updates) { accumulators().merge(job, updates); });
    release_unused();
    return values;
  }
  void unpersist(RddId rdd) override { driver_.unpersist(rdd); }
  void wait_for_replicas() override { driver_.wait_for_replicas(); }
  void drop_broadcast(BroadcastId broadcast) override { driver_.drop_broadcast(broadcast); }
  void cancel_all(const std::string& reason) override { driver_.cancel_all(reason); }
  void cancel_group(std::string_view, const std::string& reason) override { cancel_all(reason); }
  void cancel_job(std::uint64_t job, const std::string& reason) override {
    driver_.cancel(JobId{job}, reason);
  }
  void cancel_stage(std::uint64_t stage, const std::string& reason) override {
    driver_.cancel_stage(StageId{stage}, reason);
  }
  std::vector<JobInfo> running_jobs() const override { return {}; }
  std::vector<ExecutorInfo> executors() const override { return driver_.executors(); }
  RecoveryReport recovery_report() const override { return recovery_.report(); }

  // As Context has them.
  static Rdd<std::int64_t, detail::Range> range(const SessionRef& session, std::int64_t end,
                                                std::uint32_t partitions) {
    auto op = detail::make_label("range", SourceLocation::current());
    return {session, {0, end, partitions, std::move(op)}, partitions};
  }
  static Broadcast<std::int64_t> broadcast(const SessionRef& session, std::int64_t value) {
    const BroadcastId id{detail::new_shared_id()};
    session->broadcasts()->add(std::make_shared<detail::BroadcastState>(
        id, *detail::make_label("broadcast", SourceLocation::current()),
        detail::hold_value(value, 0, session->memory()), &detail::encode_broadcast<std::int64_t>,
        session->memory(), session));
    return Broadcast<std::int64_t>(id);
  }
  static Accumulator<std::int64_t> accumulator(const SessionRef& session) {
    const AccumulatorId id{detail::new_shared_id()};
    session->accumulators().add(
        std::make_shared<detail::AccumulatorOf<std::int64_t, detail::AddAssign>>(
            id, *detail::make_label("accumulator", SourceLocation::current()), session->memory()));
    return Accumulator<std::int64_t>(id);
  }

 private:
  void release_unused() {
    for (const auto& note : releases()->take()) {
      if (const auto* shuffle = std::get_if<ShuffleId>(&note)) {
        driver_.forget_shuffle(*shuffle);
      } else {
        driver_.unpersist(std::get<RddId>(note));
      }
    }
  }

  MemoryRef memory_ = std::make_shared<MemoryManager>();
  std::atomic<std::uint64_t> next_id_{0};
  cluster::RecoveryLog recovery_;  // before driver_, which shows it actions
  cluster::Driver driver_;
};

}  // namespace kindred::test
