// How far running stages are, as lines on a terminal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kindred/cluster/terminal.hpp"
#include "kindred/engine/ids.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/scheduler/event.hpp"

namespace kindred::cluster {

/// Knows the running stages from the scheduler's actions, and says how far they are. Reads no
/// clock: the time comes in. Used by one thread at a time.
class ProgressLines {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Stages that end sooner are never shown.
  static constexpr std::chrono::milliseconds kPatience{500};

  void on(const scheduler::Action& action, TimePoint now);

  /// True while a stage runs, shown or not.
  bool any() const { return !stages_.empty(); }
  /// One line a stage that has run for kPatience, the oldest first, none longer than `width`.
  std::vector<std::string> lines(TimePoint now, std::size_t width) const;

 private:
  struct Stage {
    std::string op;
    TimePoint started;
    std::uint32_t tasks = 0;
    std::uint32_t in_flight = 0;  ///< sent to an executor, where some of them may wait
    std::uint32_t done = 0;
    std::uint32_t failed = 0;
  };
  using Key = std::pair<StageId, std::uint32_t>;  // with the attempt

  static std::string line_of(const Key& key, const Stage& stage, TimePoint now, std::size_t width);

  std::map<Key, Stage> stages_;
};

/// Draws ProgressLines on a terminal, a few times a second while a stage runs, and wipes them as
/// soon as a job ends or a line is logged. Where several live, one at a time has lines there. on()
/// may be called by one thread at a time, beside the thread of its own that draws, and waits for
/// nothing that is slow: a terminal that is stopped goes without what it does not take.
class TerminalProgress {
 public:
  /// `descriptor` stays the caller's, and must be a terminal's.
  explicit TerminalProgress(int descriptor);
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;
  ~TerminalProgress();

  void on(const scheduler::Action& action);

 private:
  void draw_until_closed();
  void draw();
  void wipe();
  std::vector<std::string> lines(std::size_t width);

  std::mutex mutex_;
  std::condition_variable changed_;
  ProgressLines lines_;  // guarded by mutex_
  bool closed_ = false;  // guarded by mutex_
  // Never taken by who has mutex_: nobody writes to a terminal under the lock of on().
  std::mutex screen_mutex_;
  Terminal terminal_;                       // guarded by screen_mutex_
  std::size_t drawn_ = 0;                   // guarded by screen_mutex_: lines on the terminal
  ProgressLines::TimePoint quiet_until_{};  // guarded by screen_mutex_: who wiped prints first
  std::thread thread_;
  detail::BeforeLogLines before_log_;
};

/// True where progress can be drawn on `descriptor`: a terminal that can move its cursor, and that
/// this process may open.
bool can_draw_on(int descriptor);

}  // namespace kindred::cluster
