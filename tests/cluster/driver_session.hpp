// A Session over any backend, so that ops can run where no master's name leads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/cluster/driver.hpp"
#include "kindred/cluster/recovery_report.hpp"
#include "kindred/kindred.hpp"

namespace kindred::test {

/// Without what a job before a job needs: sorts.
class DriverSession final : public Session {
 public:
  DriverSession(std::unique_ptr<scheduler::Backend> backend, scheduler::SchedulerOptions options)
      : driver_(std::move(backend), options) {
    driver_.observe([this](const auto& action) { recovery_.on(action); });
  }

  RddId next_id() override { return RddId{next_id_++}; }
  const MemoryRef& memory() const override { return memory_; }
  std::vector<std::shared_ptr<const void>> run(std::shared_ptr<const StageEnd> result,
                                               std::vector<PartitionId> partitions) override {
    release_unused();
    auto values = driver_.run(std::move(result), std::move(partitions));
    release_unused();
    return values;
  }
  void unpersist(RddId rdd) override { driver_.unpersist(rdd); }
  void drop_broadcast(BroadcastId broadcast) override { driver_.drop_broadcast(broadcast); }
  void cancel_all(const std::string& reason) override { driver_.cancel_all(reason); }
  std::vector<ExecutorInfo> executors() const override { return driver_.executors(); }
  RecoveryReport recovery_report() const override { return recovery_.report(); }

  /// The numbers from 0 to end, as Context::range() has them.
  static Rdd<std::int64_t, detail::Range> range(const SessionRef& session, std::int64_t end,
                                                std::uint32_t partitions) {
    auto op = detail::make_label("range", SourceLocation::current());
    return {session, {0, end, partitions, std::move(op)}, partitions};
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
