#include "kindred/cluster/progress.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>
#include <variant>

namespace kindred::cluster {
namespace {

constexpr std::chrono::milliseconds kBetweenDraws{100};
constexpr std::size_t kBarWidth = 12;

double seconds(ProgressLines::TimePoint::duration span) {
  return std::chrono::duration<double>(span).count();
}

std::string bar(std::uint32_t done, std::uint32_t tasks) {
  // A map output that was lost meanwhile is computed, and so counted, once more.
  const auto full = tasks == 0 ? 0 : std::size_t{std::min(done, tasks)} * kBarWidth / tasks;
  std::string text(kBarWidth, ' ');
  std::fill_n(text.begin(), full, '=');
  if (full < kBarWidth) text[full] = '>';
  return text;
}

std::string span_text(double span) {
  const auto whole = static_cast<std::uint64_t>(span + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

// Whose lines are on the terminal: there is one, whoever draws.
std::atomic<const TerminalProgress*> has_lines{nullptr};

}  // namespace

void ProgressLines::on(const scheduler::Action& action, TimePoint now) {
  if (const auto* started = std::get_if<scheduler::StageStarted>(&action)) {
    const auto& stage = *started->stage;
    stages_[{stage.stage, stage.attempt}] = {stage.end->last_op(), now, started->tasks};
  } else if (const auto* launch = std::get_if<scheduler::LaunchTasks>(&action)) {
    const auto stage = stages_.find({launch->stage->stage, launch->stage->attempt});
    if (stage == stages_.end()) return;
    stage->second.in_flight += static_cast<std::uint32_t>(launch->tasks.size());
  } else if (const auto* task = std::get_if<scheduler::TaskFinished>(&action)) {
    using How = scheduler::TaskFinished::How;
    const auto stage = stages_.find({task->stage, task->attempt});
    if (stage == stages_.end()) return;
    --stage->second.in_flight;
    if (task->how == How::done) ++stage->second.done;
    if (task->how != How::done && task->how != How::killed) ++stage->second.failed;
  } else if (const auto* finished = std::get_if<scheduler::StageFinished>(&action)) {
    stages_.erase({finished->stage, finished->attempt});
  }
}

std::vector<std::string> ProgressLines::lines(TimePoint now, std::size_t width) const {
  std::vector<std::string> texts;
  for (const auto& [key, stage] : stages_) {
    if (now - stage.started >= kPatience) texts.push_back(line_of(key, stage, now, width));
  }
  return texts;
}

std::string ProgressLines::line_of(const Key& key, const Stage& stage, TimePoint now,
                                   std::size_t width) {
  auto counts = fmt::format(" [{}] {}/{}, {} in flight", bar(stage.done, stage.tasks), stage.done,
                            stage.tasks, stage.in_flight);
  if (stage.failed > 0) counts += fmt::format(", {} failed", stage.failed);
  if (stage.done > 0) {
    const auto rate = stage.done / std::max(seconds(now - stage.started), 1e-3);
    const auto left = (stage.tasks - std::min(stage.done, stage.tasks)) / rate;
    counts += fmt::format(", {:.{}f}/s, {} left", rate, rate < 10 ? 1 : 0, span_text(left));
  }
  auto title = key.second == 0 ? fmt::format("stage {} ", key.first.value)
                               : fmt::format("stage {}.{} ", key.first.value, key.second);
  // The counts are worth more than the end of a long op's name.
  const auto room = width > title.size() + counts.size() ? width - title.size() - counts.size() : 0;
  if (stage.op.size() <= room) {
    title += stage.op;
  } else if (room > 3) {
    title += stage.op.substr(0, room - 3) + "...";
  }
  title += counts;
  if (title.size() > width) title.resize(width);
  return title;
}

TerminalProgress::TerminalProgress(int descriptor)
    : terminal_(descriptor), thread_([this] { draw_until_closed(); }), before_log_([this] {
        const std::lock_guard screen(screen_mutex_);
        wipe();
      }) {}

TerminalProgress::~TerminalProgress() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }
  thread_.join();
  const std::lock_guard screen(screen_mutex_);
  wipe();
}

void TerminalProgress::on(const scheduler::Action& action) {
  bool over = std::holds_alternative<scheduler::JobSucceeded>(action) ||
              std::holds_alternative<scheduler::JobFailed>(action) ||
              std::holds_alternative<scheduler::JobStopped>(action);
  {
    const std::lock_guard lock(mutex_);
    const bool before = lines_.any();
    lines_.on(action, std::chrono::steady_clock::now());
    if (!before && lines_.any()) changed_.notify_one();
    over |= before && !lines_.any();
  }
  // The program is about to print: another Context's lines are in its way too.
  if (over) detail::prepare_for_output();
}

void TerminalProgress::draw_until_closed() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (lines_.any()) {
      changed_.wait_for(lock, kBetweenDraws, [this] { return closed_; });
      if (closed_) return;
      lock.unlock();
      draw();
      lock.lock();
    } else {
      changed_.wait(lock, [this] { return closed_ || lines_.any(); });
    }
  }
}

std::vector<std::string> TerminalProgress::lines(std::size_t width) {
  const std::lock_guard lock(mutex_);
  return lines_.lines(std::chrono::steady_clock::now(), width);
}

// In one write, so that nothing flickers: back to the first line, each line and the rest of it
// wiped, and what was below it too.
void TerminalProgress::draw() {
  const std::lock_guard screen(screen_mutex_);
  if (std::chrono::steady_clock::now() < quiet_until_) return;
  const auto texts = lines(terminal_.width() - 1);
  if (texts.empty() && drawn_ == 0) return;
  const TerminalProgress* nobody = nullptr;
  if (drawn_ == 0 && !has_lines.compare_exchange_strong(nobody, this)) return;
  std::string output;
  if (drawn_ > 0) output += fmt::format("\x1b[{}A\r", drawn_);
  for (const auto& text : texts) output += text + "\x1b[K\n";
  output += "\x1b[J";
  if (terminal_.write(output)) drawn_ = texts.size();
  if (drawn_ == 0) has_lines = nullptr;
}

void TerminalProgress::wipe() {
  if (drawn_ == 0) return;
  // Lines that a stopped terminal keeps stay there: what comes after them must not be wiped later.
  terminal_.write_soon(fmt::format("\x1b[{}A\r\x1b[J", drawn_));
  drawn_ = 0;
  has_lines = nullptr;
  quiet_until_ = std::chrono::steady_clock::now() + kBetweenDraws;
}

bool can_draw_on(int descriptor) {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb" &&
         Terminal(descriptor).is_open();
}

}  // namespace kindred::cluster
