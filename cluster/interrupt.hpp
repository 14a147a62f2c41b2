// Ctrl-C: cancels the jobs that run, instead of ending the program in the middle of them.
#pragma once

#include <cstddef>
#include <functional>

namespace kindred::cluster {

/// While one lives, the first SIGINT calls its function, on a thread of its own; where none of them
/// had anything to cancel, or at a second SIGINT, the signal does what it does by default. A
/// program that has its own handler, or ignores the signal, keeps that, also where it sets it while
/// one lives. Safe to use from any thread.
class InterruptWatch {
 public:
  /// `cancel` cancels what runs and returns how many jobs that were.
  explicit InterruptWatch(std::function<std::size_t()> cancel);
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;
  ~InterruptWatch();

  /// Before each job: a program that went on after a cancelled job can be interrupted once more.
  void arm();

 private:
  class Process;

  std::function<std::size_t()> cancel_;
  Process* const process_;  // its last watch takes it along; null where there is none
};

/// True from a SIGINT that cancelled jobs until the next job starts.
bool interrupted();

/// Ends the process as SIGINT would have: a shell sees 130.
[[noreturn]] void end_by_interrupt();

}  // namespace kindred::cluster
