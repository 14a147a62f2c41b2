#include "kindred/cluster/executor_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/crash_report.hpp"
#include "kindred/cluster/process_end.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

struct Pipe {
  Pipe() : Pipe(opened()) {}
  OwnedDescriptor read;
  OwnedDescriptor write;

 private:
  static constexpr const char* kWhat = "no pipe for what an executor prints";
  explicit Pipe(std::array<int, 2> ends) : read(ends[0], kWhat), write(ends[1], kWhat) {}
  static std::array<int, 2> opened() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
    return ends;
  }
};

int pidfd_open(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

std::string block(const std::deque<std::string>& lines) {
  if (lines.empty()) return {};
  std::string text = "\n  its last lines:";
  for (const auto& line : lines) text += "\n    " + line;
  return text;
}

// A crash report is shorter.
constexpr std::size_t kMostReport = 64 << 10;

std::optional<CrashReport> read_report(int descriptor) {
  std::string text(kMostReport, '\0');
  const auto size = ::pread(descriptor, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return parse_crash_report(text);
}

}  // namespace

OwnedDescriptor::OwnedDescriptor(int descriptor, const char* what) {
  if (descriptor >= 0) {
    descriptor_ = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kCrashReport + 1);
    ::close(descriptor);
  }
  if (descriptor_ < 0) throw Error(fmt::format("{}: {}", what, std::strerror(errno)));
}

OwnedDescriptor::~OwnedDescriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ExecutorProcess::ExecutorProcess(asio::io_context& io, ExecutorOutput& output,
                                 const LaunchOrder& order)
    : output_(output),
      id_(order.executor),
      memory_kills_(out_of_memory_kills()),
      report_(::memfd_create("kindred-crash-report", MFD_CLOEXEC), "no file in memory"),
      ended_(io) {
  Pipe out;
  Pipe error;
  pid_ = spawn_executor(order, {out.write.get(), error.write.get(), report_.get()});
  const int descriptor = pidfd_open(pid_);
  if (descriptor < 0) {
    ::kill(pid_, SIGKILL);
    cluster::reap(pid_);
    throw Error("this system cannot watch a process (pidfd_open)");
  }
  ended_.assign(descriptor);
  output_.add(id_, out.read.take(), error.read.take());
}

void ExecutorProcess::watch(std::function<void()> ended) {
  ended_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [this, ended = std::move(ended)](asio::error_code error) mutable {
                      if (error) return;
                      // Asio reuses what it keeps of a descriptor: an event of one that was closed
                      // just now can end the wait for this one. Who reaps a process that still runs
                      // blocks the io thread, and with it all jobs.
                      if (!has_ended(pid_)) return watch(std::move(ended));
                      ended();
                    });
}

void ExecutorProcess::kill() {
  killed_ = true;
  ::kill(pid_, SIGKILL);
}

ExecutorProcess::End ExecutorProcess::reap() {
  auto process_end = cluster::reap(pid_);
  End end;
  if (const auto crash = read_report(report_.get())) {
    // What was first, should the report itself have come to a bad end.
    if (crash->signal != 0) process_end.signal = crash->signal;
    end.how = process_end.text() + crash->cause();
    end.lines = crash->stack();
    if (crash->stage) end.task = End::Task{*crash->stage, crash->partition};
  } else {
    end.how = process_end.text();
  }
  if (process_end.signal == SIGKILL && !killed_ && out_of_memory_kills() > memory_kills_) {
    end.how +=
        ": out of memory, it seems, since the kernel ended a process for want of it meanwhile. Ask "
        "for more partitions, or for fewer executors or cores";
  }
  end.lines += block(output_.finish(id_));
  return end;
}

std::string ExecutorProcess::last_lines() { return block(output_.last_lines(id_)); }

namespace {

class OwnProcesses final : public ExecutorSite {
 public:
  std::shared_ptr<Network> network() override { return network_; }
  std::unique_ptr<StartedExecutor> start(asio::io_context& io, ExecutorOutput& output,
                                         const LaunchOrder& order) override {
    return std::make_unique<ExecutorProcess>(io, output, order);
  }

 private:
  const std::shared_ptr<Network> network_ = loopback_network();
};

}  // namespace

std::shared_ptr<ExecutorSite> executors_in_processes() { return std::make_shared<OwnProcesses>(); }

}  // namespace kindred::cluster
