// Inside cluster/ only: a process that is an executor, from its start to what is known of its end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <utility>

#include <asio.hpp>

#include "kindred/cluster/executor_output.hpp"
#include "kindred/cluster/executor_site.hpp"
#include "kindred/cluster/launch_order.hpp"

namespace kindred::cluster {

/// A descriptor that no other process gets by accident; closed by its owner, unless it was taken.
class OwnedDescriptor {
 public:
  /// Moves it above those that an executor is given, even where the driver's own are closed. Throws
  /// Error with `what` where the system gave none.
  OwnedDescriptor(int descriptor, const char* what);
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor();

  int get() const { return descriptor_; }
  int take() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

/// Started by the constructor.
class ExecutorProcess final : public StartedExecutor {
 public:
  /// Throws Error. `output` must live longer, and prints what the process prints.
  ExecutorProcess(asio::io_context& io, ExecutorOutput& output, const LaunchOrder& order);

  void watch(std::function<void()> ended) override;
  /// By SIGKILL.
  void kill() override;
  pid_t pid() const override { return pid_; }
  End reap() override;
  std::string last_lines() override;

 private:
  ExecutorOutput& output_;
  const ExecutorId id_;
  const std::uint64_t memory_kills_;  // of the machine, when the process started
  pid_t pid_ = 0;
  bool killed_ = false;
  const OwnedDescriptor report_;  // a file in memory, which the process fills when it crashes
  asio::posix::stream_descriptor ended_;  // readable when the process has ended
};

}  // namespace kindred::cluster
