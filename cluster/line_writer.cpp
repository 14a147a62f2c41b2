#include "kindred/cluster/line_writer.hpp"

#include <csignal>
#include <pthread.h>
#include <utility>

#include "kindred/engine/log.hpp"

namespace kindred::cluster {

LineWriter::LineWriter(std::function<void()> has_room) : has_room_(std::move(has_room)) {
  // The program's signals are for its own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { write_until_closed(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LineWriter::put(std::FILE* to, std::string lines) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ += lines.size();
    queue_.push_back({to, std::move(lines)});
  }
  changed_.notify_one();
}

bool LineWriter::full() {
  const std::lock_guard lock(mutex_);
  if (waiting_ >= kMostWaiting) was_full_ = true;
  return was_full_;
}

void LineWriter::write_until_closed() {
  pthread_setname_np(pthread_self(), "kindred-output");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const auto item = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    detail::prepare_for_output();
    std::fwrite(item.lines.data(), 1, item.lines.size(), item.to);
    std::fflush(item.to);
    lock.lock();
    waiting_ -= item.lines.size();
    if (was_full_ && waiting_ <= kMostWaiting / 2) {
      was_full_ = false;
      lock.unlock();
      has_room_();
      lock.lock();
    }
  }
}

}  // namespace kindred::cluster
