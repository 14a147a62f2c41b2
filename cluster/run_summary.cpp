#include "kindred/cluster/run_summary.hpp"

#include <fmt/format.h>
#include <string_view>
#include <variant>

namespace kindred::cluster {
namespace {

double seconds(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>(span).count();
}

// ", 3 failed", or nothing for none.
std::string also(std::uint64_t count, std::string_view how) {
  return count == 0 ? "" : fmt::format(", {} {}", count, how);
}

}  // namespace

void RunSummary::on(const scheduler::Action& action) {
  const std::lock_guard lock(mutex_);
  if (const auto* task = std::get_if<scheduler::TaskFinished>(&action)) {
    using How = scheduler::TaskFinished::How;
    if (task->how == How::done) ++counts_.tasks_done;
    if (task->how == How::failed || task->how == How::fetch_failed) ++counts_.tasks_failed;
    counts_.task_time += task->run_time;
  } else if (const auto* stage = std::get_if<scheduler::StageFinished>(&action)) {
    if (!stage->failed) ++counts_.stages_done;
  } else if (std::holds_alternative<scheduler::StageSkipped>(action)) {
    ++counts_.stages_skipped;
  } else if (std::holds_alternative<scheduler::JobSucceeded>(action)) {
    ++counts_.jobs_done;
  } else if (std::holds_alternative<scheduler::JobFailed>(action)) {
    ++counts_.jobs_failed;
  } else if (std::holds_alternative<scheduler::JobStopped>(action)) {
    ++counts_.jobs_cancelled;
  }
}

std::string RunSummary::text(const RecoveryReport& report, std::chrono::nanoseconds ran) const {
  Counts counts;
  {
    const std::lock_guard lock(mutex_);
    counts = counts_;
  }
  auto text = fmt::format(
      "{} jobs{}{}, {} stages{}, {} tasks{}{}, {:.3f} s in tasks, {:.3f} s in all",
      counts.jobs_done, also(counts.jobs_failed, "failed"),
      also(counts.jobs_cancelled, "cancelled"), counts.stages_done,
      also(counts.stages_skipped, "skipped"), counts.tasks_done,
      also(counts.tasks_failed, "failed"), also(report.tasks_lost(), "lost with their executor"),
      seconds(counts.task_time), seconds(ran));
  if (!report.losses.empty()) text += '\n' + report.text();
  return text;
}

}  // namespace kindred::cluster
