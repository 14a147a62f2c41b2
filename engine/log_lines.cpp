#include "kindred/engine/log_lines.hpp"

#include <csignal>
#include <fmt/format.h>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <utility>

namespace kindred::detail {

void LogLines::put(LogLevel level, std::string text) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_ && !started_) start();
    if (!closed_) {
      if (queue_.size() >= kMostWaiting) {
        ++dropped_;
        return;
      }
      queue_.emplace_back(level, std::move(text));
      ++unwritten_;
      changed_.notify_all();
      return;
    }
    if (unwritten_ > 0) return;  // where the thread waits, nobody else would get on
  }
  write_(level, text);
}

bool LogLines::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [this] { return unwritten_ == 0 && dropped_ == 0; });
}

void LogLines::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

void LogLines::start() {
  started_ = true;
  // The program's signals are for its own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([this] { write_for_ever(); }).detach();
  } catch (const std::system_error&) {
    closed_ = true;  // there can be no thread: who logs writes
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void LogLines::write_for_ever() {
  pthread_setname_np(pthread_self(), "kindred-log");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !queue_.empty() || dropped_ > 0; });
    // What was dropped came after all that waited then.
    std::pair<LogLevel, std::string> line{LogLevel::warning, {}};
    const bool of_dropped = queue_.empty();
    if (of_dropped) {
      line.second = fmt::format(
          "{} lines of the log were dropped: they came faster than they could be written",
          std::exchange(dropped_, 0));
      ++unwritten_;
    } else {
      line = std::move(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    write_(line.first, line.second);
    lock.lock();
    --unwritten_;
    changed_.notify_all();
  }
}

}  // namespace kindred::detail
