#include "kindred/cluster/executor_main.hpp"

#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "kindred/cluster/crash_report.hpp"
#include "kindred/cluster/executor.hpp"
#include "kindred/cluster/network.hpp"
#include "kindred/cluster/process_memory.hpp"
#include "kindred/engine/log.hpp"

namespace kindred::cluster {
namespace {

constexpr int kFailed = 1;

// The system ends an executor with its driver even where it is stopped, or its main thread hangs.
// The driver starts executors on a thread that lives as long as they may.
void end_with(std::int64_t driver) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != driver) ::_exit(kFailed);
  let_siblings_read(static_cast<pid_t>(driver));
}

}  // namespace

void serve_driver(const LaunchOrder& order) {
  // Ctrl-C goes to all processes of a terminal; what happens then is the driver's decision.
  std::signal(SIGINT, SIG_IGN);
  end_with(order.driver);
  report_crashes_to(kCrashReport);
  const SignalStack signal_stack;
  // A pipe, but one that people read line by line, also when the process is about to be killed.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    asio::io_context io;
    // Whatever the tasks do: nobody is left to hear of them.
    Executor executor(io, order.executor, loopback_network(), [](int status) {
      // What tasks printed may still be in a buffer.
      if (status == 0) std::fflush(nullptr);
      detail::flush_log();
      ::_exit(status);
    });
    executor.serve(order.port, order.token);
    // On the main thread, so that task threads inherit its mask of signals, which is the driver's.
    io.run();
    ::_exit(kFailed);
  } catch (const std::exception& failure) {
    detail::log_warning(fmt::format("executor {}: {}", order.executor.value, failure.what()));
    detail::flush_log();
    ::_exit(kFailed);
  }
}

}  // namespace kindred::cluster
