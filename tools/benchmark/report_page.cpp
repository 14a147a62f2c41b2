// The figures as a page: a table in Markdown and a plot in SVG.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <string_view>

#include "measure.hpp"
#include "report.hpp"

namespace bench {

namespace {

constexpr int kRowHeight = 24;
constexpr int kTop = 58;
constexpr int kLeft = 130;   // of the names
constexpr int kPlot = 520;   // wide
constexpr int kRight = 170;  // of the figures
constexpr double kLeast = 0.25;
constexpr double kMost = 32;

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

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '&') {
      result += "&amp;";
    } else if (letter == '<') {
      result += "&lt;";
    } else {
      result += letter;
    }
  }
  return result;
}

std::vector<const Comparison*> with_ratios(const std::vector<Comparison>& comparisons) {
  std::vector<const Comparison*> found;
  for (const auto& comparison : comparisons) {
    if (comparison.measured() && !comparison.ratios().empty()) found.push_back(&comparison);
  }
  return found;
}

void draw_scale(std::ostream& out, int bottom) {
  for (double ratio = kLeast; ratio <= kMost; ratio *= 2) {
    const bool one = ratio == 1;
    fmt::print(out,
               "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"{3}\" "
               "stroke-width=\"{4}\"/>\n"
               "<text x=\"{0:.1f}\" y=\"{5}\" text-anchor=\"middle\" fill=\"#555\">{6}</text>\n",
               x_of(ratio), kTop, bottom, one ? "#222" : "#ddd", one ? 1.5 : 1.0, kTop - 6, ratio);
  }
}

void draw_row(std::ostream& out, const Comparison& comparison, const Setup& setup, int y) {
  const auto ratio = median(comparison.ratios());
  const auto from = std::min(x_of(1), x_of(ratio));
  const auto width = std::max(1.0, std::abs(x_of(ratio) - x_of(1)));
  fmt::print(out,
             "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n"
             "<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"{}\">"
             "<title>{}</title></rect>\n",
             kLeft - 8, y + 16, escaped(comparison.workload.name), from, y + 5, width,
             kRowHeight - 10, colour_of(comparison, setup), escaped(comparison.workload.title));
  std::string goal;
  if (const auto target = comparison.workload.target) {
    fmt::print(out,
               "<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#222\" "
               "stroke-width=\"2\"/>\n",
               x_of(*target), y + 2, y + kRowHeight - 2);
    goal = fmt::format(" (at most {:.2f})", *target);
  }
  fmt::print(out, "<text x=\"{}\" y=\"{}\">{:.2f}{}</text>\n", kLeft + kPlot + 10, y + 16, ratio,
             goal);
}

std::string table_row(const Comparison& comparison, const Setup& setup) {
  const auto& [workload, engine, hand, skipped, failed] = comparison;
  if (!comparison.measured()) {
    return fmt::format("| {} | {} | {} | | | |\n", workload.name, workload.title,
                       skipped.empty() ? "failed: " + failed : "skipped: " + skipped);
  }
  const auto ratios = comparison.ratios();
  const auto met = comparison.meets_target(setup);
  std::string goal = workload.target           ? fmt::format("{:.2f}", *workload.target)
                     : workload.target_seconds ? seconds_text(*workload.target_seconds)
                                               : "";
  if (met) goal += *met ? ", met" : ", not met";
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", workload.name, workload.title,
                     seconds_text(engine.middle()),
                     hand.seconds.empty() ? "" : seconds_text(hand.middle()),
                     ratios.empty() ? "" : fmt::format("{:.2f}", median(ratios)), goal);
}

}  // namespace

void write_svg(std::ostream& out, const Circumstances& where,
               const std::vector<Comparison>& comparisons) {
  const auto rows = with_ratios(comparisons);
  const auto bottom = kTop + static_cast<int>(rows.size()) * kRowHeight;
  fmt::print(
      out,
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 "
      "{0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
      "<text x=\"{2}\" y=\"22\" font-size=\"15\">Kindred's time over a hand-written program's"
      " (left of 1 is faster; the mark is the target)</text>\n",
      kLeft + kPlot + kRight, bottom + 34, 10);
  draw_scale(out, bottom);
  int y = kTop;
  for (const auto* row : rows) {
    draw_row(out, *row, where.setup, y);
    y += kRowHeight;
  }
  fmt::print(out, "<text x=\"10\" y=\"{}\" fill=\"#555\">{}; {}, {} cores; {}</text>\n</svg>\n",
             bottom + 22, where.date, escaped(where.processor), where.cores,
             escaped(where.compiler));
}

void write_markdown(std::ostream& out, const Circumstances& where,
                    const std::vector<Comparison>& comparisons) {
  fmt::print(out,
             "# What tools/bench measured\n\n"
             "{}; {}, {} cores, load {:.1f}; {}; {} threads a side; median of {} pairs in turn{}. "
             "Again: `tools/bench --page FOLDER`.\n\n"
             "![Ratios](results.svg)\n\n"
             "| workload | what | Kindred | by hand | ratio | at most |\n"
             "| --- | --- | --- | --- | --- | --- |\n",
             where.date, where.processor, where.cores, where.load, where.compiler,
             where.setup.threads, where.pairs,
             where.setup.divisor == 1 ? "" : "; not the full sizes");
  for (const auto& comparison : comparisons) out << table_row(comparison, where.setup);
}

}  // namespace bench
