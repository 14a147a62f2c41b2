#include "kindred/cluster/executor_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/process_end.hpp"
#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

// A descriptor of which nobody else is to know; closed, unless it is taken.
class Owned {
 public:
  // Above those that an executor is given, even where the driver's own are closed.
  explicit Owned(int descriptor) : descriptor_(::fcntl(descriptor, F_DUPFD_CLOEXEC, 10)) {
    ::close(descriptor);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  int take() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

struct Pipe {
  Pipe() : Pipe(opened()) {}
  Owned read;
  Owned write;

 private:
  explicit Pipe(std::array<int, 2> ends) : read(ends[0]), write(ends[1]) {}
  static std::array<int, 2> opened() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw Error(fmt::format("no pipe for an executor's output: {}", std::strerror(errno)));
    }
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

}  // namespace

ExecutorProcess::ExecutorProcess(asio::io_context& io, ExecutorOutput& output,
                                 const LaunchOrder& order)
    : output_(output), id_(order.executor), memory_kills_(out_of_memory_kills()), ended_(io) {
  Pipe out;
  Pipe error;
  pid_ = spawn_executor(order, {out.write.get(), error.write.get()});
  const int descriptor = pidfd_open(pid_);
  if (descriptor < 0) {
    kill();
    cluster::reap(pid_);
    throw Error("this system cannot watch a process (pidfd_open)");
  }
  ended_.assign(descriptor);
  output_.add(id_, out.read.take(), error.read.take());
}

void ExecutorProcess::watch(std::function<void()> ended) {
  ended_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [ended = std::move(ended)](asio::error_code error) {
                      if (!error) ended();
                    });
}

void ExecutorProcess::kill() {
  killed_ = true;
  ::kill(pid_, SIGKILL);
}

ExecutorProcess::End ExecutorProcess::reap() {
  const auto end = cluster::reap(pid_);
  auto how = end.text();
  if (end.signal == SIGKILL && !killed_ && out_of_memory_kills() > memory_kills_) {
    how +=
        ": out of memory, it seems, since the kernel ended a process for want of it meanwhile. Ask "
        "for more partitions, or for fewer executors or cores";
  }
  return {std::move(how), block(output_.finish(id_))};
}

std::string ExecutorProcess::last_lines() { return block(output_.last_lines(id_)); }

}  // namespace kindred::cluster
