// kindred-bench: workloads in this engine and in hand-written programs, side by side.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "arguments.hpp"
#include "comparison.hpp"
#include "curves.hpp"
#include "input_files.hpp"
#include "peers.hpp"
#include "report.hpp"
#include "start.hpp"
#include "turns.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr int kInterrupted = 130;  // as a shell says it

void list(std::ostream& out) {
  for (const auto& workload : all_workloads()) {
    fmt::print(out, "{:<17} {}\n", workload.name, workload.title);
  }
}

volatile std::sig_atomic_t interrupted = 0;

// The processes of the two sides see Ctrl-C themselves; this one lives on to remove its files.
void end_after_interrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = int(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
}

int run(Arguments arguments) {
  const auto selected = select_workloads(arguments.workloads);
  std::ofstream json, table, plot;
  if (!arguments.json.empty()) json = open_output(arguments.json);
  if (!arguments.page.empty()) {
    table = open_output(arguments.page + "/README.md");
    plot = open_output(arguments.page + "/results.svg");
  }
  end_after_interrupt();
  const FilesFolder files(arguments.setup.files);
  arguments.setup.files = files.path();
  const auto where = circumstances(arguments.setup, arguments.pairs);
  print_circumstances(std::cout, where);
  std::optional<Peers> peers;
  if (arguments.peers) peers.emplace(std::cout, arguments.python);
  print_head(std::cout);
  std::vector<Comparison> comparisons;
  for (const auto& workload : selected) {
    comparisons.push_back(compare(workload, arguments.setup, arguments.pairs));
    if (interrupted) return kInterrupted;
    print_row(std::cout, comparisons.back(), arguments.setup);
    if (!peers) continue;
    peers->run(comparisons.back(), arguments.setup, arguments.pairs);
    if (interrupted) return kInterrupted;
    print_peers(std::cout, comparisons.back());
  }
  if (json.is_open()) write_json(json, where, comparisons);
  if (table.is_open()) {
    write_markdown(table, where, comparisons);
    write_svg(plot, where, comparisons);
  }
  const bool failed = std::ranges::any_of(
      comparisons, [](const Comparison& comparison) { return !comparison.failed.empty(); });
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int run_program(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Runs workloads in Kindred and in hand-written programs of the same work, in turn.");
  declare(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.quick) arguments.setup.divisor = 10;
  if (!arguments.side.side.empty()) {
    const FilesFolder files(arguments.setup.files);  // a temporary one for a profiler's side alone
    arguments.setup.files = files.path();
    return serve_side(arguments.side, arguments.setup);
  }
  if (arguments.list) {
    list(std::cout);
    return EXIT_SUCCESS;
  }
  if (arguments.curves) {
    return run_curves({.names = arguments.workloads,
                       .most_rows = arguments.most_rows,
                       .threads = arguments.setup.threads,
                       .processor_time = arguments.processor_time,
                       .page = arguments.page});
  }
  return run(arguments);
}

}  // namespace

}  // namespace bench

int main(int argc, char** argv) try {
  // Before anything else: the time of this process is what is measured.
  if (argc == 4 && argv[1] == bench::kFirstAnswer) {
    return bench::first_answer(argv[2], std::atoi(argv[3]));
  }
  return bench::run_program(argc, argv);
} catch (const std::exception& error) {
  std::cerr << "kindred-bench: " << error.what() << '\n';
  return EXIT_FAILURE;
}
