// The figures as a page: a table in Markdown and a plot in SVG.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <optional>
#include <string>
#include <string_view>

#include "measure.hpp"
#include "report.hpp"
#include "svg.hpp"

namespace bench {

namespace {

constexpr int kRowHeight = 24;
constexpr int kTop = 58;
constexpr int kLeft = 160;   // of the names
constexpr int kPlot = 520;   // wide
constexpr int kRight = 170;  // of the figures
constexpr double kLeast = 0.25;
constexpr double kMost = 32;

constexpr std::string_view kAboutPeers =
    "Peers ran after the pairs, on as many threads, and came to the same checksums. Polars and "
    "DuckDB start W4, W5, W6, W12 and W13 from tables in memory, and end before the checksum; "
    "PySpark (its DataFrames) and Kindred make the rows and the checksum while the clock runs, but "
    "for the rows of W13, which are cached before.\n\n";

// Ratios are told apart by how many times larger they are: a logarithmic scale.
double x_of(double ratio) {
  const auto part =
      std::log2(std::clamp(ratio, kLeast, kMost) / kLeast) / std::log2(kMost / kLeast);
  return kLeft + part * kPlot;
}

std::string_view colour_of(const Comparison& comparison, const Setup& setup) {
  const auto met = comparison.meets_target(setup);
  if (!met) return "#8d99ae";
  return *met ? "#2a9d8f" : "#e76f51";
}

std::vector<const Comparison*> with_ratios(const std::vector<Comparison>& comparisons) {
  std::vector<const Comparison*> found;
  for (const auto& comparison : comparisons) {
    if (comparison.measured() && !comparison.ratios().empty()) found.push_back(&comparison);
  }
  return found;
}

void draw_scale(Svg& svg, int bottom) {
  for (double ratio = kLeast; ratio <= kMost; ratio *= 2) {
    const auto x = x_of(ratio);
    const bool one = ratio == 1;
    svg.line({x, kTop}, {x, double(bottom)}, {one ? "#222" : "#ddd", one ? 1.5 : 1.0});
    svg.text({x, kTop - 6}, fmt::format("{}", ratio), {.anchor = "middle", .colour = "#555"});
  }
}

void draw_row(Svg& svg, const Comparison& comparison, const Setup& setup, int y) {
  const auto ratio = median(comparison.ratios());
  const auto from = std::min(x_of(1), x_of(ratio));
  const auto width = std::max(1.0, std::abs(x_of(ratio) - x_of(1)));
  const auto& workload = comparison.workload;
  svg.text({kLeft - 8, y + 16.0}, workload.name, {.anchor = "end"});
  svg.bar({from, y + 5.0}, width, kRowHeight - 10, colour_of(comparison, setup), workload.title);
  std::string goal;
  if (const auto target = workload.target) {
    const auto x = x_of(*target);
    svg.line({x, y + 2.0}, {x, y + kRowHeight - 2.0}, {"#222", 2});
    goal = fmt::format(" (at most {:.2f})", *target);
  }
  svg.text({kLeft + kPlot + 10, y + 16.0}, fmt::format("{:.2f}{}", ratio, goal));
}

// The peers of any workload, in the order in which they ran.
std::vector<std::string> peers_of(const std::vector<Comparison>& comparisons) {
  std::vector<std::string> names;
  for (const auto& comparison : comparisons) {
    for (const auto& result : comparison.peers) {
      if (std::ranges::find(names, result.peer) == names.end()) names.push_back(result.peer);
    }
  }
  return names;
}

std::string peer_cells(const Comparison& comparison, const std::vector<std::string>& peers) {
  std::string cells;
  for (const auto& peer : peers) {
    const auto result = std::ranges::find(comparison.peers, peer, &PeerResult::peer);
    std::string cell;
    if (result != comparison.peers.end() && !result->failed.empty()) cell = "failed";
    if (result != comparison.peers.end() && result->measured()) {
      cell = seconds_text(median(result->seconds));
    }
    cells += fmt::format(" {} |", cell);
  }
  return cells;
}

// What is to be reached, now and then, and whether it is.
std::string goals_of(const Comparison& comparison, const Setup& setup) {
  const auto& workload = comparison.workload;
  const auto with_mark = [](const std::string& goal, std::optional<bool> met) {
    return met ? goal + (*met ? ", met" : ", not met") : goal;
  };
  std::string goals;
  if (workload.target || workload.target_seconds) {
    goals = with_mark(workload.target ? fmt::format("{:.2f}", *workload.target)
                                      : seconds_text(*workload.target_seconds),
                      comparison.meets_target(setup));
  }
  if (workload.then_target) {
    goals += fmt::format("{}then {}", goals.empty() ? "" : "; ",
                         with_mark(fmt::format("{:.2f}", *workload.then_target),
                                   comparison.meets_then_target(setup)));
  }
  return goals;
}

std::string table_row(const Comparison& comparison, const Setup& setup,
                      const std::vector<std::string>& peers) {
  const auto& [workload, engine, hand, skipped, failed, checksum, results] = comparison;
  if (!comparison.measured()) {
    return fmt::format("| {} | {} | {} | | | |{}\n", workload.name, workload.title,
                       skipped.empty() ? "failed: " + failed : "skipped: " + skipped,
                       peer_cells(comparison, peers));
  }
  const auto ratios = comparison.ratios();
  return fmt::format("| {} | {} | {} | {} | {} | {} |{}\n", workload.name, workload.title,
                     seconds_text(engine.middle()),
                     hand.seconds.empty() ? "" : seconds_text(hand.middle()),
                     ratios.empty() ? "" : fmt::format("{:.2f}", median(ratios)),
                     goals_of(comparison, setup), peer_cells(comparison, peers));
}

}  // namespace

void write_svg(std::ostream& out, const Circumstances& where,
               const std::vector<Comparison>& comparisons) {
  const auto rows = with_ratios(comparisons);
  const auto bottom = kTop + static_cast<int>(rows.size()) * kRowHeight;
  Svg svg(out, kLeft + kPlot + kRight, bottom + 34);
  svg.text({10, 22},
           "Kindred's time over a hand-written program's (left of 1 is faster; the mark is the "
           "target)",
           {.size = 15});
  draw_scale(svg, bottom);
  int y = kTop;
  for (const auto* row : rows) {
    draw_row(svg, *row, where.setup, y);
    y += kRowHeight;
  }
  svg.text(
      {10, bottom + 22.0},
      fmt::format("{}; {}, {} cores; {}", where.date, where.processor, where.cores, where.compiler),
      {.colour = "#555"});
}

void write_markdown(std::ostream& out, const Circumstances& where,
                    const std::vector<Comparison>& comparisons) {
  const auto peers = peers_of(comparisons);
  fmt::print(out,
             "# What tools/bench measured\n\n"
             "{}; {}, {} cores, load {:.1f}; {}; {} threads a side; median of {} pairs in turn{}. "
             "Again: `tools/bench --page FOLDER`.\n\n"
             "![Ratios](results.svg)\n\n"
             "{}| workload | what | Kindred | by hand | ratio | at most |",
             where.date, where.processor, where.cores, where.load, where.compiler,
             where.setup.threads, where.pairs,
             where.setup.divisor == 1 ? "" : "; not the full sizes",
             peers.empty() ? "" : kAboutPeers);
  for (const auto& peer : peers) out << ' ' << peer << " |";
  out << "\n| --- | --- | --- | --- | --- | --- |";
  for (std::size_t i = 0; i < peers.size(); ++i) out << " --- |";
  out << '\n';
  for (const auto& comparison : comparisons) out << table_row(comparison, where.setup, peers);
}

}  // namespace bench
