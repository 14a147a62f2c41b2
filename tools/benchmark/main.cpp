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

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("workloads", arguments.workloads, "Names; W3 stands for W3-sum too (default all)");
  app.add_option("--pairs", arguments.pairs, "Times that both sides run")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_flag("--quick", arguments.quick, "A tenth of the sizes");
  app.add_option("--json", arguments.json, "Write the figures to this file as well");
  app.add_option("--page", arguments.page,
                 "Write README.md and results.svg, a table and a plot, into this folder as well");
  app.add_flag("--list", arguments.list, "Name the workloads and end");
  app.add_option("--threads", arguments.setup.threads, "Threads of each side")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--files", arguments.setup.files,
                 "Keep the large input files in this folder (default: a temporary one)");
  app.add_flag("--peers", arguments.peers,
               "Run the same in PySpark, Polars and DuckDB as well, where Python can import them");
  app.add_option("--python", arguments.python, "The Python that imports them")
      ->capture_default_str();
  app.add_flag("--curves", arguments.curves,
               "Instead: time a row of W4, W6 and W12 over kinds of keys, partitions and rows");
  app.add_flag("--processor-time", arguments.processor_time,
               "Curves of the processors' time, not the clock's: for a machine that others use");
  app.add_option("--rows", arguments.most_rows, "The most rows of a curve")
      ->check(CLI::Range(1'000, 1'000'000'000))
      ->capture_default_str();
  // How the program starts itself, or a profiler one side alone; in no group, --help hides them.
  app.add_option("--side", arguments.side.side)
      ->check(CLI::IsMember({"engine", "hand"}))
      ->group("");
  app.add_option("--workload", arguments.side.workload)->group("");
  app.add_option("--runs", arguments.side.runs)->group("");
  app.add_option("--turns", arguments.side.turns)->group("");
  app.add_option("--divisor", arguments.setup.divisor)->group("");
}

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
