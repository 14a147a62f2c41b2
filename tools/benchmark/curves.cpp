#include "curves.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fmt/format.h>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "cliffs.hpp"
#include "curves_page.hpp"
#include "curves_text.hpp"
#include "measure.hpp"
#include "skew_jobs.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kLeastRows = 1'000;
constexpr int kRuns = 5;
constexpr double kEnough = 0.5;  // seconds of all runs
constexpr double kTooLong = 5;   // to run once more

std::vector<SkewJob> all_jobs() {
  auto jobs = skew_sum_jobs();
  for (const auto& more : {skew_join_jobs(), skew_group_jobs()}) {
    jobs.insert(jobs.end(), more.begin(), more.end());
  }
  return jobs;
}

bool means(std::string_view wanted, const SkewJob& job) {
  return wanted == job.workload || wanted == fmt::format("{}-{}", job.workload, job.rows);
}

std::vector<SkewJob> select_jobs(const std::vector<std::string>& names) {
  if (names.empty()) return all_jobs();
  std::vector<SkewJob> selected;
  for (const auto& name : names) {
    const auto before = selected.size();
    std::ranges::copy_if(all_jobs(), std::back_inserter(selected),
                         [&](const SkewJob& job) { return means(name, job); });
    if (selected.size() == before) {
      throw std::invalid_argument("there is no curve " + name +
                                  "; W4-zipf1.0 is one, W4 all of it");
    }
  }
  return selected;
}

// Runs a job at one size, and times it.
class Timed {
 public:
  Timed(const SkewJob& job, bool processor_time) : job_(job), processor_time_(processor_time) {}

  /// The least of some runs: the first touches memory that the later ones find. Throws
  /// std::runtime_error for a wrong checksum.
  double nanoseconds_a_row(const kindred::Context& context, const SkewSize& size,
                           std::uint64_t expected) const {
    double least = seconds(context, size, expected);
    double total = least;
    for (int run = 1; run < kRuns && total < (run == 1 ? kTooLong : kEnough); ++run) {
      const auto taken = seconds(context, size, expected);
      least = std::min(least, taken);
      total += taken;
    }
    return least * 1e9 / static_cast<double>(size.rows);
  }

 private:
  double seconds(const kindred::Context& context, const SkewSize& size,
                 std::uint64_t expected) const {
    const Stopwatch watch;
    const auto before = processor_seconds();
    const auto checksum = job_.run(context, size);
    const auto taken = processor_time_ ? processor_seconds() - before : watch.seconds();
    if (checksum == expected) return taken;
    throw std::runtime_error(fmt::format("the checksum is {}, not {}", checksum, expected));
  }

  const SkewJob& job_;
  bool processor_time_;
};

// The curves of one job, one for each number of partitions, with a context of its own: what a job
// of many partitions leaves to be cleaned up would hold up the next one of few.
class Taken {
 public:
  Taken(const SkewJob& job, const CurvesArguments& arguments)
      : job_(job), timed_(job, arguments.processor_time) {
    for (const auto partitions : kCurvePartitions) {
      contexts_.emplace_back("local[" + std::to_string(arguments.threads) + "]");
      curves.push_back({.workload = std::string(job.workload),
                        .rows = std::string(job.rows),
                        .partitions = partitions});
    }
  }

  /// Returns false where a job failed.
  bool take(std::uint64_t rows) {
    bool right = true;
    const auto expected = job_.expected({rows, 1});
    print_size(std::cout, job_.workload, job_.rows, rows);
    for (std::size_t i = 0; i < curves.size(); ++i) {
      auto& curve = curves[i];
      try {
        const auto time =
            timed_.nanoseconds_a_row(contexts_[i], {rows, curve.partitions}, expected);
        curve.points.push_back({rows, time});
        print_time(std::cout, time);
      } catch (const std::exception& error) {
        std::cout << "  FAILED with " << curve.partitions << " partitions: " << error.what();
        right = false;
      }
    }
    std::cout << std::endl;
    return right;
  }

  std::vector<Curve> curves;

 private:
  const SkewJob& job_;
  Timed timed_;
  std::deque<kindred::Context> contexts_;
};

}  // namespace

int run_curves(const CurvesArguments& arguments) {
  const auto jobs = select_jobs(arguments.names);
  std::optional<CurvesPage> page;
  if (!arguments.page.empty()) page.emplace(arguments.page);
  const auto how = fmt::format(
      "{} on local[{}]", arguments.processor_time ? "processor time" : "time", arguments.threads);
  print_curves_head(std::cout, how);
  std::vector<Curve> curves;
  bool right = true;
  for (const auto& job : jobs) {
    Taken taken(job, arguments);
    for (auto rows = kLeastRows; rows <= arguments.most_rows; rows *= 10) {
      right = taken.take(rows) && right;
    }
    curves.insert(curves.end(), taken.curves.begin(), taken.curves.end());
  }
  print_cliffs(std::cout, cliffs(curves));
  if (page) page->write(curves, how);
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace bench
