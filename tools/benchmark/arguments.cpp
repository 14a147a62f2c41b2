#include "arguments.hpp"

#include <CLI/CLI.hpp>

namespace bench {

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

}  // namespace bench
