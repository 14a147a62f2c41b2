#include "kindred/cluster/process_end.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sys/wait.h>

namespace kindred::cluster {

std::string ProcessEnd::text() const {
  if (signal != 0) return fmt::format("ended by signal {} ({})", signal, ::strsignal(signal));
  return status < 0 ? "ended" : fmt::format("exited with status {}", status);
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  // An error: the program has waited for all of its children itself.
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

ProcessEnd reap(pid_t pid) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0) {
    // The program may have waited for all of its children itself.
    if (errno != EINTR) return {0, -1};
  }
  if (info.si_code == CLD_EXITED) return {0, info.si_status};
  return {info.si_status, 0};
}

std::uint64_t out_of_memory_kills(std::string_view vmstat) {
  constexpr std::string_view kName = "\noom_kill ";
  const auto at = vmstat.find(kName);
  if (at == vmstat.npos) return 0;
  std::uint64_t kills = 0;
  std::from_chars(vmstat.data() + at + kName.size(), vmstat.data() + vmstat.size(), kills);
  return kills;
}

std::uint64_t out_of_memory_kills() {
  std::ifstream in("/proc/vmstat");
  return out_of_memory_kills(std::string(std::istreambuf_iterator<char>(in), {}));
}

}  // namespace kindred::cluster
