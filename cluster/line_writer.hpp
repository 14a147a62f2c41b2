// Inside cluster/ only: writes lines without letting their sender wait.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace kindred::cluster {

/// Writes whole lines to the standard streams, on a thread of its own: a terminal that is stopped,
/// or a pipe that nobody reads, holds up nothing else. By the C library's streams, so that no line
/// lands inside one that the program itself prints.
class LineWriter {
 public:
  /// From here on whoever brings lines should wait.
  static constexpr std::size_t kMostWaiting = 1 << 20;

  /// `has_room` is called, on the writer's thread, when half of what was too much is written.
  explicit LineWriter(std::function<void()> has_room);
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;
  /// Writes what is left.
  ~LineWriter();

  /// Queues lines; takes them even where full(). Not blocked by the writing.
  void put(std::FILE* to, std::string lines);
  /// True from when too much waits until has_room is called: whoever is told so is called.
  bool full();

 private:
  struct Item {
    std::FILE* to;
    std::string lines;
  };

  void write_until_closed();

  const std::function<void()> has_room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;   // guarded by mutex_
  std::size_t waiting_ = 0;  // guarded by mutex_: bytes in queue_
  bool was_full_ = false;    // guarded by mutex_: has_room is to be called
  bool closing_ = false;     // guarded by mutex_
  std::thread thread_;
};

}  // namespace kindred::cluster
