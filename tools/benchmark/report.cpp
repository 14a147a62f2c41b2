#include "report.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "measure.hpp"

namespace bench {

namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown processor";
}

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

constexpr std::string_view compiler_name() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string mebibytes(std::uint64_t bytes) {
  return bytes == 0 ? "-" : fmt::format("{:.0f}", double(bytes) / (1 << 20));
}

// What holds now, and what is to hold once that is met.
std::string target_of(const Workload& workload) {
  const auto [now, then] = std::pair(workload.target, workload.then_target);
  if (then) return now ? fmt::format("{:.2f}/{:.2f}", *now, *then) : fmt::format("-/{:.2f}", *then);
  if (now) return fmt::format("{:.2f}", *now);
  if (workload.target_seconds) return seconds_text(*workload.target_seconds);
  return "-";
}

constexpr std::string_view kRow =
    "{:<17} {:>9} {:>9} {:>9} {:>9} {:>6} {:>13} {:>9} {:<5} {:>7} {:>7} {:>7} {:<9} {}\n";

// Ratio, and the range of the ratios of single pairs.
std::pair<std::string, std::string> ratio_and_range(const Comparison& comparison) {
  const auto ratios = comparison.ratios();
  if (ratios.empty()) return {"-", "-"};
  const auto [least, most] = std::ranges::minmax(ratios);
  return {fmt::format("{:.2f}", median(ratios)), fmt::format("{:.2f}..{:.2f}", least, most)};
}

std::string verdict(const Comparison& comparison, const Setup& setup) {
  const auto now = comparison.meets_target(setup);
  const auto then = comparison.meets_then_target(setup);
  if (now && !*now) return "over";
  if (then && now) return *then ? "both" : "met";
  if (then) return *then ? "met" : "later";
  return now ? "met" : "";
}

// The engine's peak over the hand-written one's, where that has a target.
std::string memory_verdict(const Comparison& comparison, const Setup& setup) {
  const auto met = comparison.meets_memory_target(setup);
  if (!met) return "";
  return fmt::format("{:.2f} {}", comparison.memory_ratio(), *met ? "met" : "over");
}

}  // namespace

std::ofstream open_output(const std::string& path) {
  std::ofstream file(path);
  if (!file) throw std::runtime_error("cannot write " + path);
  return file;
}

std::string seconds_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.1f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.2f} ms", seconds * 1e3);
  return fmt::format("{:.3f} s", seconds);
}

Circumstances circumstances(const Setup& setup, int pairs) {
  return {.date = fmt::format("{:%Y-%m-%d %H:%M UTC}", fmt::gmtime(std::time(nullptr))),
          .processor = processor_name(),
          .cores = std::thread::hardware_concurrency(),
          .load = load_average(),
          .compiler = std::string(compiler_name()),
          .setup = setup,
          .pairs = pairs};
}

void print_circumstances(std::ostream& out, const Circumstances& where) {
  fmt::print(out, "{}; {}, {} cores, load {:.1f}; {}; local[{}]; {} pairs in turn\n", where.date,
             where.processor, where.cores, where.load, where.compiler, where.setup.threads,
             where.pairs);
  if (where.setup.divisor != 1) {
    fmt::print(out, "--quick: sizes are 1/{} of the full ones; targets are for the full ones\n",
               where.setup.divisor);
  }
  out << std::flush;
}

void print_head(std::ostream& out) {
  fmt::print(out, kRow, "", "engine", "", "by hand", "", "ratio", "of all", "target", "", "engine",
             "managed", "by hand", "memory", "");
  fmt::print(out, kRow, "workload", "least", "median", "least", "median", "median", "pairs",
             "now/then", "", "MiB", "MiB", "MiB", "ratio", "what");
  out << std::flush;
}

void print_row(std::ostream& out, const Comparison& comparison, const Setup& setup) {
  const auto& [workload, engine, hand, skipped, failed, checksum, peers] = comparison;
  if (!comparison.measured()) {
    fmt::print(out, "{:<17} {}: {}\n", workload.name, failed.empty() ? "skipped" : "FAILED",
               failed.empty() ? skipped : failed);
  } else {
    const auto [ratio, range] = ratio_and_range(comparison);
    const bool both = !hand.seconds.empty();
    fmt::print(out, kRow, workload.name, seconds_text(engine.least()),
               seconds_text(engine.middle()), both ? seconds_text(hand.least()) : "-",
               both ? seconds_text(hand.middle()) : "-", ratio, range, target_of(workload),
               verdict(comparison, setup), mebibytes(engine.resident_peak),
               mebibytes(engine.managed_peak), mebibytes(hand.resident_peak),
               memory_verdict(comparison, setup), workload.title);
  }
  out << std::flush;
}

}  // namespace bench
