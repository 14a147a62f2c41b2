// Lines on their way to a log, and the thread that brings them there.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace kindred::detail {

enum class LogLevel : std::uint8_t { info, warning };

/// Hands lines to a function on a thread of its own, so that nobody who has something to say waits
/// for a terminal that is stopped. Safe to use from any thread. Never destroyed once it was used:
/// its thread runs as long as the process.
class LogLines {
 public:
  using Write = std::function<void(LogLevel, const std::string&)>;
  /// So many lines wait at most; what is said beyond is dropped, and how much that was is said
  /// later.
  static constexpr std::size_t kMostWaiting = 1000;

  explicit LogLines(Write write) : write_(std::move(write)) {}
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  /// Queues a line; after close() writes it, or drops it where the thread still waits to write.
  void put(LogLevel level, std::string text);
  /// Waits until all is written that was put before, but no longer than `patience`; false where it
  /// is not.
  bool flush(std::chrono::milliseconds patience);
  /// From here on who says something writes it: the process ends, and may not get to the thread.
  void close();
  /// Lines that were put and are not written. May be called by a signal handler.
  std::size_t unwritten() const { return unwritten_.load(); }

 private:
  void start();  // under mutex_
  void write_for_ever();

  const Write write_;
  std::atomic<std::size_t> unwritten_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<LogLevel, std::string>> queue_;  // guarded by mutex_
  std::uint64_t dropped_ = 0;                           // guarded by mutex_: not yet told of
  bool started_ = false;                                // guarded by mutex_
  bool closed_ = false;                                 // guarded by mutex_
};

}  // namespace kindred::detail
