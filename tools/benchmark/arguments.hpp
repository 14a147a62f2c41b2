// What the benchmark is told on its command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "turns.hpp"
#include "workload.hpp"

namespace CLI {
class App;
}

namespace bench {

struct Arguments {
  std::vector<std::string> workloads;
  int pairs = 5;
  bool quick = false;
  std::string json;
  std::string page;
  bool list = false;
  Setup setup;
  SideArguments side;
  bool peers = false;
  std::string python = "python3";
  bool curves = false;
  bool processor_time = false;
  std::uint64_t most_rows = 10'000'000;
};

/// Tells `app` of all options, which it puts into `arguments`; both must live until it has parsed.
void declare(CLI::App& app, Arguments& arguments);

}  // namespace bench
