#include "kindred/cluster/recovery_log.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace kindred::cluster {
namespace {

using Part = RecoveryReport::Part;

Part& part_of(std::vector<Part>& parts, const std::string& op) {
  auto part =
      std::find_if(parts.begin(), parts.end(), [&](const Part& known) { return known.op == op; });
  if (part == parts.end()) part = parts.insert(parts.end(), {op});
  return *part;
}

void add(std::vector<Part>& parts, const scheduler::KeptPartitions& kept) {
  auto& part = part_of(parts, kept.op);
  const bool cached = kept.kind == scheduler::KeptPartitions::Kind::cached;
  (cached ? part.cached : part.map_outputs) += kept.count;
}

}  // namespace

void RecoveryLog::on(const scheduler::Action& action) {
  if (const auto* lost = std::get_if<scheduler::DataLost>(&action)) {
    RecoveryReport::Loss loss{
        lost->executor.value, lost->executor_gone, lost->reason, lost->tasks, {}};
    for (const auto& part : lost->lost) add(loss.parts, part);
    for (const auto& part : lost->elsewhere) part_of(loss.parts, part.op).replicated += part.count;
    const std::lock_guard lock(mutex_);
    report_.losses.push_back(std::move(loss));
  } else if (const auto* end = std::get_if<scheduler::TaskFinished>(&action)) {
    if (end->again.empty()) return;
    const std::lock_guard lock(mutex_);
    for (const auto& part : end->again) add(report_.computed_again, part);
    report_.time += end->run_time;
  }
}

RecoveryReport RecoveryLog::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

}  // namespace kindred::cluster
