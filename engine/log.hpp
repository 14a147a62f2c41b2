// What the engine has to say to people; on stderr, because stdout belongs to the program.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string_view>

namespace kindred::detail {

/// Safe to use from any thread, and does not wait until the line is written: a thread of its own
/// does that. A program's own spdlog logger named "kindred" decides where the lines go and from
/// which level on; by default only warnings are shown.
void log_info(std::string_view text);
void log_warning(std::string_view text);

/// Logs the first of the warnings that it is given. Safe to use from any thread.
class WarnOnce {
 public:
  void warn(std::string_view text) {
    if (!warned_.exchange(true)) log_warning(text);
  }

 private:
  std::atomic<bool> warned_{false};
};

/// Waits until what was logged is written, though not long: a terminal may be stopped. For who is
/// about to end the process other than by exit(), or to print on the same terminal.
void flush_log();
/// Lines that are not written yet. May be called by a signal handler.
std::size_t unwritten_log_lines();

/// While one lives, its function is called before each line, on the thread that writes it: for who
/// draws on the same terminal. It may not log, and should not wait for the terminal.
class BeforeLogLines {
 public:
  explicit BeforeLogLines(std::function<void()> prepare);
  BeforeLogLines(const BeforeLogLines&) = delete;
  BeforeLogLines& operator=(const BeforeLogLines&) = delete;
  ~BeforeLogLines();

 private:
  friend void prepare_for_output();

  std::function<void()> prepare_;
};

/// Does what is to be done before a log line, for what else is written to the terminal.
void prepare_for_output();

}  // namespace kindred::detail
