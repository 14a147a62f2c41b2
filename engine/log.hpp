// What the engine has to say to people; on stderr, because stdout belongs to the program.
#pragma once

#include <atomic>
#include <functional>
#include <string_view>

namespace kindred::detail {

/// Safe to use from any thread. A program's own spdlog logger named "kindred" decides where the
/// lines go and from which level on; by default only warnings are shown.
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

/// While one lives, its function is called before each line, on the thread that logs it: for who
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
