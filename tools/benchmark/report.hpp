// The figures, for people and for programs.
#pragma once

#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "comparison.hpp"

namespace bench {

/// Where and how figures were taken.
struct Circumstances {
  std::string date;
  std::string processor;
  unsigned cores = 0;
  double load = 0;  ///< Processes that wanted to run in the last minute: others disturb.
  std::string compiler;
  Setup setup;
  int pairs = 0;
};

/// Opens a file to write: before all else, otherwise all of the runs could be for nothing. Throws
/// std::runtime_error.
std::ofstream open_output(const std::string& path);

/// "12.3 us", "4.56 ms", "7.890 s".
std::string seconds_text(double seconds);

Circumstances circumstances(const Setup& setup, int pairs);

/// Prints one line on where and how, and one that says so if the sizes are not the full ones.
void print_circumstances(std::ostream& out, const Circumstances& circumstances);

/// Prints the table's head, then a line for each workload as it comes in.
void print_head(std::ostream& out);
void print_row(std::ostream& out, const Comparison& comparison, const Setup& setup);

/// Writes all figures, seconds and bytes, as one JSON object.
void write_json(std::ostream& out, const Circumstances& circumstances,
                const std::vector<Comparison>& comparisons);

/// Draws the ratios, a bar for each workload that has a hand-written side.
void write_svg(std::ostream& out, const Circumstances& circumstances,
               const std::vector<Comparison>& comparisons);
/// Writes the table of all workloads, with the plot above it as results.svg.
void write_markdown(std::ostream& out, const Circumstances& circumstances,
                    const std::vector<Comparison>& comparisons);

}  // namespace bench
