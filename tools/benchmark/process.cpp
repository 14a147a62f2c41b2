#include "process.hpp"

#include <cerrno>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace bench {

namespace {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return std::string("signal: ") + strsignal(WTERMSIG(status));
  if (WEXITSTATUS(status) == 0) return {};
  return "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Descriptor::close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

Process::Process(const std::vector<std::string>& command, std::vector<Given> given) {
  std::vector<char*> arguments;
  for (const auto& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const auto& [ours, theirs] : given) {
    posix_spawn_file_actions_adddup2(&actions, ours, theirs);
  }
  const auto error = posix_spawnp(&id_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    id_ = -1;
    throw std::system_error(error, std::generic_category(), "starting " + command[0]);
  }
}

std::string Process::wait() {
  if (id_ < 0) return {};
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return how_it_ended(status);
}

std::vector<std::string> this_program(std::vector<std::string> arguments) {
  // The name goes to the file that runs, even if a build has put another in its place meanwhile.
  arguments.insert(arguments.begin(), "/proc/self/exe");
  return arguments;
}

}  // namespace bench
