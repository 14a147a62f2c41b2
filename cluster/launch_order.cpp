#include "kindred/cluster/launch_order.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <spawn.h>
#include <sstream>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "kindred/engine/error.hpp"

namespace kindred::cluster {
namespace {

constexpr const char* kVariable = "KINDRED_EXECUTOR";

std::string assignment(const LaunchOrder& order) {
  return fmt::format("{}={} {} {} {}", kVariable, order.port, order.executor.value, order.driver,
                     order.token);
}

// Frees what posix_spawn's own types hold.
struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    // The io thread that spawns blocks all signals; its child must not.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

std::optional<LaunchOrder> take_launch_order() {
  const char* text = std::getenv(kVariable);
  if (text == nullptr) return std::nullopt;
  std::istringstream in(text);
  ::unsetenv(kVariable);
  LaunchOrder order;
  if (!(in >> order.port >> order.executor.value >> order.driver >> order.token)) {
    throw Error(fmt::format("{} is set, but not by a driver: '{}'", kVariable, in.str()));
  }
  return order;
}

pid_t spawn_executor(const LaunchOrder& order) {
  std::vector<std::string> own;
  own.push_back(assignment(order));
  std::vector<char*> environment{own.back().data()};
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) environment.push_back(*at);
  environment.push_back(nullptr);
  // Only for those who look at a list of processes.
  auto name = std::string(program_invocation_name);
  auto role = fmt::format("kindred-executor-{}", order.executor.value);
  char* arguments[] = {name.data(), role.data(), nullptr};
  const SpawnSettings settings;
  pid_t pid = 0;
  const auto error = posix_spawn(&pid, "/proc/self/exe", &settings.files, &settings.attributes,
                                 arguments, environment.data());
  if (error != 0) {
    throw Error(fmt::format("no executor process could be started: {}", std::strerror(error)));
  }
  return pid;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  // An error: the program has waited for all of its children itself.
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

std::string reap(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0) {
    // The program may have waited for all of its children itself.
    if (errno != EINTR) return "ended";
  }
  if (info.si_code == CLD_EXITED) return fmt::format("exited with status {}", info.si_status);
  return fmt::format("ended by signal {} ({})", info.si_status, ::strsignal(info.si_status));
}

}  // namespace kindred::cluster
