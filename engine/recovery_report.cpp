#include "kindred/engine/recovery_report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

namespace kindred {
namespace {

using Part = RecoveryReport::Part;

std::uint64_t sum(const std::vector<Part>& parts, std::uint64_t Part::*count) {
  std::uint64_t total = 0;
  for (const auto& part : parts) total += part.*count;
  return total;
}

std::uint64_t sum(const std::vector<RecoveryReport::Loss>& losses, std::uint64_t Part::*count) {
  std::uint64_t total = 0;
  for (const auto& loss : losses) total += sum(loss.parts, count);
  return total;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string text_of(const std::vector<Part>& parts) {
  std::string text;
  const auto append = [&](std::uint64_t count, std::string_view what, const std::string& op,
                          std::string_view more = "") {
    if (count == 0) return;
    text += fmt::format("\n    {} of {}{}", counted(count, what), op, more);
  };
  for (const auto& part : parts) {
    append(part.cached, "cached partition", part.op);
    append(part.map_outputs, "map output", part.op);
    append(part.replicated, "cached partition", part.op, ", which other executors have too");
  }
  return text;
}

// What an executor wrote last may have many lines.
std::string indented(std::string_view reason) {
  std::string text;
  for (const char letter : reason) {
    text += letter;
    if (letter == '\n') text += "    ";
  }
  return text;
}

std::string text_of(const RecoveryReport::Loss& loss) {
  const auto why = indented(loss.reason);
  auto text = loss.executor_gone ? fmt::format("executor {} was lost: {}", loss.executor, why)
                                 : fmt::format("{} could not be had from executor {}: {}",
                                               loss.parts.empty() ? "a result" : "map outputs",
                                               loss.executor, why);
  if (loss.tasks > 0) text += fmt::format("\n    {} that ran on it", counted(loss.tasks, "task"));
  text += text_of(loss.parts);
  if (loss.tasks == 0 && loss.parts.empty()) text += "\n    nothing was on it";
  return text;
}

}  // namespace

std::uint64_t RecoveryReport::executors_lost() const {
  return static_cast<std::uint64_t>(std::count_if(
      losses.begin(), losses.end(), [](const Loss& loss) { return loss.executor_gone; }));
}
std::uint64_t RecoveryReport::tasks_lost() const {
  std::uint64_t total = 0;
  for (const auto& loss : losses) total += loss.tasks;
  return total;
}
std::uint64_t RecoveryReport::cached_lost() const { return sum(losses, &Part::cached); }
std::uint64_t RecoveryReport::map_outputs_lost() const { return sum(losses, &Part::map_outputs); }
std::uint64_t RecoveryReport::cached_replicated() const { return sum(losses, &Part::replicated); }
std::uint64_t RecoveryReport::cached_again() const { return sum(computed_again, &Part::cached); }
std::uint64_t RecoveryReport::map_outputs_again() const {
  return sum(computed_again, &Part::map_outputs);
}

std::string RecoveryReport::text() const {
  if (losses.empty()) return "nothing was lost";
  std::string text;
  for (const auto& loss : losses) text += text_of(loss) + '\n';
  if (computed_again.empty()) return text + "nothing of that was needed again";
  text += "computed again:" + text_of(computed_again);
  text += fmt::format("\n    by tasks that ran for {:.3f} s in all",
                      std::chrono::duration<double>(time).count());
  return text;
}

}  // namespace kindred
