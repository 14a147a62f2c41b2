// COMPILE: how long a user waits for the compiler.
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "process.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr auto kSource = KINDRED_BENCH_SOURCES "/examples/word_count.cpp";

std::vector<std::string> command() {
  std::vector<std::string> command{KINDRED_BENCH_COMPILER, "-std=c++20", "-O2",
                                   "-ffp-contract=off"};
  std::istringstream folders(KINDRED_BENCH_INCLUDES);
  for (std::string folder; std::getline(folders, folder, ':');) {
    command.push_back("-I" + folder);
  }
  command.push_back("-DKINDRED_EXAMPLE_DATA=\"\"");
  command.insert(command.end(), {"-c", kSource, "-o", "/dev/null"});
  return command;
}

Outcome compile() {
  const auto ended = Process(command()).wait();
  if (!ended.empty()) throw std::runtime_error("the compiler ended with " + ended);
  return 0;
}

Side engine(const Setup&) {
  if (!std::filesystem::exists(kSource)) throw Skipped(std::string("there is no ") + kSource);
  return {.run = compile};
}

const Registered workload{{.name = "COMPILE",
                           .title = "compiling examples/word_count.cpp at -O2",
                           .target_seconds = 8,
                           .engine = engine}};

}  // namespace

}  // namespace bench
