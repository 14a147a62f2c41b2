#include "curves_page.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include "curves_plot.hpp"
#include "report.hpp"

namespace bench {

namespace {

std::vector<std::string> workloads_of(const std::vector<Curve>& curves) {
  std::vector<std::string> names;
  for (const auto& curve : curves) {
    if (names.empty() || names.back() != curve.workload) names.push_back(curve.workload);
  }
  return names;
}

std::vector<Curve> of_workload(const std::vector<Curve>& curves, const std::string& workload) {
  std::vector<Curve> found;
  std::ranges::copy_if(curves, std::back_inserter(found),
                       [&](const Curve& curve) { return curve.workload == workload; });
  return found;
}

void write_head(std::ostream& out, const std::string& how) {
  const auto where = circumstances({}, 0);
  fmt::print(out,
             "# Time a row as rows grow more and keys grow skewed\n\n"
             "{}; {}, {} cores, load {:.1f}; {}; {}, the least of up to 5 runs. Again: "
             "`tools/bench --curves --page FOLDER`.\n\n"
             "W4 is `reduce_by_key`, W6 `join`, W12 `group_by_key`; their source and their shuffle "
             "have the same number of partitions. There are ten rows to a key. Keys are even; by "
             "Zipf's law with s = 1.0 or 1.3; hot, where one has half the rows; or even again, as "
             "text of 8 to 64 letters, or in rows 100 bytes wide. Making the rows is part of the "
             "time, and nothing is subtracted for it: it is most for Zipf's law and for text. W6 "
             "joins with a table in which each key stands once: hot keys on both sides would make "
             "an output that grows with the square of the rows. Each job's checksum was that of a "
             "plain loop over the rows.\n",
             where.date, where.processor, where.cores, where.load, where.compiler, how);
}

void write_cliffs(std::ostream& out, const std::vector<std::string>& cliffs) {
  out << "\n## Cliffs\n\nWhere a row takes over 3 times as long as with a tenth of the rows, or "
         "over "
         "5 times as long as with even keys.\n\n";
  for (const auto& cliff : cliffs) out << "- " << cliff << '\n';
  if (cliffs.empty()) out << "None.\n";
}

void write_table(std::ostream& out, const std::vector<Curve>& curves) {
  out << "\n| rows | partitions | ns a row, by the number of rows |\n| --- | --- | --- |\n";
  for (const auto& curve : curves) {
    fmt::print(out, "| {} | {} |", curve.rows, curve.partitions);
    for (const auto& point : curve.points) {
      fmt::print(out, " {}: {:.1f};", point.rows, point.nanoseconds);
    }
    out << " |\n";
  }
}

}  // namespace

CurvesPage::CurvesPage(std::string folder)
    : folder_(std::move(folder)), page_(open_output(folder_ + "/curves.md")) {}

void CurvesPage::write(const std::vector<Curve>& curves, const std::string& how) {
  write_head(page_, how);
  write_cliffs(page_, cliffs(curves));
  for (const auto& workload : workloads_of(curves)) {
    const auto plot_name = "curves-" + workload + ".svg";
    const auto of_this = of_workload(curves, workload);
    auto plot = open_output(folder_ + "/" + plot_name);
    write_curves_svg(plot, workload, of_this);
    fmt::print(page_, "\n## {0}\n\n![{0}]({1})\n", workload, plot_name);
    write_table(page_, of_this);
  }
}

}  // namespace bench
