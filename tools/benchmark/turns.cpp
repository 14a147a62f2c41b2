#include "turns.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>

#include "measure.hpp"

namespace bench {

namespace {

constexpr int kTurns = 3;  // the first descriptor after the standard ones

Side make_side(const SideArguments& arguments, const Setup& setup) {
  const auto workload = workload_named(arguments.workload);
  const auto make = arguments.side == "engine" ? workload.engine : workload.hand;
  if (!make) throw Skipped("there is no such side");
  return make(setup);
}

Report run_once(const Side& side) {
  const Stopwatch watch;
  const auto outcome = side.run();
  const auto seconds = outcome.seconds.value_or(watch.seconds());
  Report report{.state = Report::State::kRan, .seconds = seconds, .checksum = outcome.checksum};
  report.resident_peak = peak_resident_bytes();
  if (side.managed_peak) report.managed_peak = side.managed_peak();
  return report;
}

Report failure(Report::State state, std::string_view text) {
  Report report{.state = state};
  text.copy(report.text.data(), report.text.size() - 1);
  return report;
}

bool send_report(int turns, const Report& report) {
  return send(turns, &report, sizeof report, MSG_NOSIGNAL) == ssize_t(sizeof report);
}

// Each order is one byte; the end of the orders is the end of this process.
bool next_order(int turns) {
  char order = 0;
  ssize_t got = 0;
  do got = recv(turns, &order, 1, 0);
  while (got < 0 && errno == EINTR);
  return got == 1;
}

void take_orders(const Side& side, int turns) {
  if (!send_report(turns, Report{})) return;
  while (next_order(turns)) {
    if (!send_report(turns, run_once(side))) return;
  }
}

// For a profiler, which wants one side alone.
void run_alone(const Side& side, int runs) {
  for (int i = 0; i < runs; ++i) {
    const auto report = run_once(side);
    std::printf("%.6f s, checksum %llu\n", report.seconds,
                static_cast<unsigned long long>(report.checksum));
    std::fflush(stdout);
  }
}

std::pair<Descriptor, Descriptor> connected_pair() {
  std::array<int, 2> ends{};
  // Whole messages, and an end that is seen when the other process is gone.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Process start(const SideArguments& arguments, const Setup& setup, int turns) {
  return Process(
      this_program({"--side", arguments.side, "--workload", arguments.workload, "--turns",
                    std::to_string(kTurns), "--divisor", std::to_string(setup.divisor), "--threads",
                    std::to_string(setup.threads), "--files", setup.files}),
      {{turns, kTurns}});
}

}  // namespace

int serve_side(const SideArguments& arguments, const Setup& setup) try {
  const auto side = make_side(arguments, setup);
  if (arguments.turns < 0) {
    run_alone(side, arguments.runs);
  } else {
    take_orders(side, arguments.turns);
  }
  return 0;
} catch (const Skipped& skipped) {
  if (arguments.turns < 0) throw;
  send_report(arguments.turns, failure(Report::State::kSkipped, skipped.what()));
  return 0;
} catch (const std::exception& error) {
  if (arguments.turns < 0) throw;
  send_report(arguments.turns, failure(Report::State::kFailed, error.what()));
  return 1;
}

SideProcess::SideProcess(std::string_view side, const Workload& workload, const Setup& setup)
    : name_(std::string(side) + " side of " + std::string(workload.name)), process_([&] {
        auto [ours, theirs] = connected_pair();
        orders_ = std::move(ours);
        return start({.side = std::string(side), .workload = std::string(workload.name)}, setup,
                     theirs.number());
      }()) {
  receive();
}

Report SideProcess::run() {
  const char order = 1;
  // If it is gone, what it sent last, or how it ended, says more than that nobody listens.
  (void)send(orders_.number(), &order, 1, MSG_NOSIGNAL);
  return receive();
}

Report SideProcess::receive() {
  Report report;
  ssize_t got = 0;
  do got = recv(orders_.number(), &report, sizeof report, 0);
  while (got < 0 && errno == EINTR);
  if (got != ssize_t(sizeof report)) {
    orders_.close();
    throw std::runtime_error("the " + name_ + " ended: " + process_.wait());
  }
  if (report.state == Report::State::kSkipped) throw Skipped(report.text.data());
  if (report.state == Report::State::kFailed) {
    throw std::runtime_error("the " + name_ + " failed: " + report.text.data());
  }
  return report;
}

}  // namespace bench
