#include "kindred/cluster/interrupt.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "kindred/engine/check.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

// A signal handler can reach nothing else.
std::atomic<int> wake_descriptor{-1};
std::atomic<int> handlers_at_work{0};
std::atomic<bool> armed{false};
std::atomic<bool> was_interrupted{false};

extern "C" void kindred_on_interrupt(int) {
  const int kept = errno;
  const std::uint64_t one = 1;
  armed = false;
  ++handlers_at_work;
  const int descriptor = wake_descriptor;
  if (descriptor >= 0) [[maybe_unused]]
    const auto written = ::write(descriptor, &one, sizeof one);
  --handlers_at_work;
  errno = kept;
}

void set_handler(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
}

using Handler = void (*)(int);

Handler handler() {
  struct sigaction now {};
  return ::sigaction(SIGINT, nullptr, &now) == 0 ? now.sa_handler : SIG_IGN;
}

}  // namespace

// The one of a process: signals have no other place. Made by the first watch, gone with the last;
// the next one is made when that is over.
class InterruptWatch::Process {
 public:
  // Null where SIGINT is the program's own affair.
  static Process* join(InterruptWatch* watch) {
    auto& only = Only::instance();
    const std::lock_guard lock(only.mutex);
    if (only.process == nullptr) {
      if (handler() != SIG_DFL) return nullptr;
      only.process = std::make_unique<Process>();
    }
    only.process->add(watch);
    return only.process.get();
  }
  static void leave(InterruptWatch* watch) {
    auto& only = Only::instance();
    const std::lock_guard lock(only.mutex);
    if (only.process->remove(watch) == 0) only.process.reset();
  }

  Process() : descriptor_(::eventfd(0, EFD_CLOEXEC)) {
    KINDRED_CHECK(descriptor_ >= 0);
    wake_descriptor = descriptor_;
    thread_ = std::thread([this] { watch(); });
    arm();
  }
  ~Process() {
    if (handler() == &kindred_on_interrupt) set_handler(SIG_DFL, 0);
    armed = false;
    closing_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
    thread_.join();
    wake_descriptor = -1;
    // A signal that came just before may be handled on another thread still: its number must not
    // be another file's by then.
    while (handlers_at_work > 0) std::this_thread::yield();
    ::close(descriptor_);
  }

  void arm() {
    if (armed.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    if (armed) return;
    was_interrupted = false;
    // What the program has set since is its own affair.
    if (handler() != SIG_DFL) return;
    armed = true;
    // Once only: the second Ctrl-C ends the program.
    set_handler(&kindred_on_interrupt, static_cast<int>(SA_RESETHAND) | SA_RESTART);
  }

 private:
  struct Only {
    // Never destroyed: a Context may be static too, and go later.
    static Only& instance() {
      static auto* const only = new Only;
      return *only;
    }
    std::mutex mutex;
    std::unique_ptr<Process> process;  // guarded by mutex
  };

  void add(InterruptWatch* watch) {
    const std::lock_guard lock(mutex_);
    watches_.push_back(watch);
  }
  std::size_t remove(InterruptWatch* watch) {
    const std::lock_guard lock(mutex_);
    std::erase(watches_, watch);
    return watches_.size();
  }
  void watch() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    std::uint64_t signals = 0;
    while (::read(descriptor_, &signals, sizeof signals) == sizeof signals && !closing_) {
      cancel_jobs();
    }
  }
  void cancel_jobs() {
    const std::lock_guard lock(mutex_);
    was_interrupted = true;
    std::size_t jobs = 0;
    for (auto* watch : watches_) jobs += watch->cancel_();
    if (jobs == 0) end_by_interrupt();
    detail::log_warning(
        fmt::format("interrupted: {} job{} cancelled; Ctrl-C again ends the program at once", jobs,
                    jobs == 1 ? " is" : "s are"));
  }

  const int descriptor_;
  std::atomic<bool> closing_{false};
  std::mutex mutex_;
  std::vector<InterruptWatch*> watches_;  // guarded by mutex_
  std::thread thread_;
};

InterruptWatch::InterruptWatch(std::function<std::size_t()> cancel)
    : cancel_(std::move(cancel)), process_(Process::join(this)) {}

InterruptWatch::~InterruptWatch() {
  if (process_ != nullptr) Process::leave(this);
}

void InterruptWatch::arm() {
  if (process_ != nullptr) process_->arm();
}

bool interrupted() { return was_interrupted; }

void end_by_interrupt() {
  detail::flush_log();
  set_handler(SIG_DFL, 0);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
  ::raise(SIGINT);
  std::_Exit(128 + SIGINT);  // where the signal is blocked by a debugger
}

}  // namespace kindred::cluster
