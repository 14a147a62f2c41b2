// PROC-recovery: what an iteration costs in which an executor is lost.
#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "engine_side.hpp"
#include "generate.hpp"
#include "measure.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPoints = 3'000'000;
constexpr int kPartitions = 12;
constexpr int kNormalIterations = 5;
constexpr std::size_t kDimensionsHere = 8;
constexpr std::uint64_t kCentresHere = 10;

using Point = std::array<std::uint64_t, kDimensionsHere>;

Point point(std::int64_t i) {
  Point point;
  for (std::size_t d = 0; d < kDimensionsHere; ++d) {
    point[d] = splitmix64(std::uint64_t(i) * kDimensionsHere + d) >> 40;
  }
  return point;
}

std::uint64_t nearest(const Point& point, std::uint64_t iteration) {
  std::uint64_t found = 0;
  auto least = ~std::uint64_t{0};
  for (std::uint64_t k = 0; k < kCentresHere; ++k) {
    std::uint64_t distance = 0;
    for (std::size_t d = 0; d < kDimensionsHere; ++d) {
      const auto along = point[d] - (splitmix64(iteration * kCentresHere + k + d) >> 40);
      distance += along * along;
    }
    if (distance < least) {
      least = distance;
      found = k;
    }
  }
  return found;
}

template <class Points>
std::uint64_t iterate(const Points& points, std::uint64_t iteration) {
  std::uint64_t sum = 0;
  for (const auto& [centre, members] : points
                                           .map([iteration](const Point& point) {
                                             return std::pair(nearest(point, iteration),
                                                              std::uint64_t{1});
                                           })
                                           .reduce_by_key(std::plus<>{})
                                           .collect()) {
    sum += mix(centre, members);
  }
  return sum;
}

// Iterations over points that three executors have in memory. In the middle of the sixth one of
// them is killed. What that iteration took beyond a normal one (the median of those before) and 1.2
// times the time of the tasks that computed lost partitions again.
Side lost_executor(const Setup& setup) {
  return {.run = [count = setup.size(kPoints)] {
    kindred::Context context("local-cluster[3,1,1024]");
    const auto points =
        context.range(0, std::int64_t(count), kPartitions).map(kindred::fn<&point>).persist();
    points.count();
    std::vector<double> normal;
    std::uint64_t sum = 0;
    for (int i = 0; i < kNormalIterations; ++i) {
      const Stopwatch watch;
      sum += iterate(points, std::uint64_t(i));
      normal.push_back(watch.seconds());
    }
    const auto usual = median(normal);
    const auto lost = context.executors().front().pid;
    const Stopwatch watch;
    {
      const std::jthread killer([lost, usual] {
        std::this_thread::sleep_for(std::chrono::duration<double>(usual / 2));
        ::kill(static_cast<pid_t>(lost), SIGKILL);
      });
      sum += iterate(points, kNormalIterations);
    }
    const auto taken = watch.seconds();
    const auto report = context.recovery_report();
    if (report.executors_lost() != 1) throw std::runtime_error("no executor was lost in time");
    const auto again = std::chrono::duration<double>(report.time).count();
    return Outcome(sum, std::max(0.0, taken - usual - 1.2 * again));
  }};
}

const Registered recovery{
    {.name = "PROC-recovery",
     .title = "an iteration that loses one of three executors: beyond a normal one and 1.2 times "
              "the computing of what was lost",
     .target_seconds = 0.2,
     .engine = lost_executor}};

}  // namespace

}  // namespace bench
