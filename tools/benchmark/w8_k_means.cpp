// W8: an iteration of k-means: 5 million points of 10 dimensions that are in memory, 10 centres.
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "vectors_by_hand.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPoints = 5'000'000;

using Point = std::array<double, kDimensions>;
using Centres = std::array<Point, kCentres>;

// Of 20 bits: then sums and squares are exact, and do not depend on the order of additions.
double coordinate(std::uint64_t i) { return static_cast<double>(splitmix64(i) >> 44) * 0x1.0p-20; }

Point point(std::uint64_t i) {
  Point point;
  for (std::size_t d = 0; d < kDimensions; ++d) point[d] = coordinate(i * kDimensions + d);
  return point;
}

// The first points.
Centres centres() {
  Centres centres;
  for (std::size_t k = 0; k < kCentres; ++k) centres[k] = point(k);
  return centres;
}

std::uint64_t centre_sum(std::size_t centre, std::uint64_t points, const double* sum) {
  auto all = mix(centre, points);
  for (std::size_t d = 0; d < kDimensions; ++d) {
    all = mix(all, std::bit_cast<std::uint64_t>(sum[d]));
  }
  return all;
}

struct Cluster {
  Point sum{};
  std::int64_t points = 0;
};

Cluster merge(const Cluster& a, const Cluster& b) {
  Cluster both{a.sum, a.points + b.points};
  for (std::size_t d = 0; d < kDimensions; ++d) both.sum[d] += b.sum[d];
  return both;
}

std::uint32_t nearest(const Centres& centres, const Point& point) {
  std::uint32_t found = 0;
  double least = 1e300;
  for (std::uint32_t k = 0; k < kCentres; ++k) {
    double distance = 0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
      const double along = point[d] - centres[k][d];
      distance += along * along;
    }
    if (distance < least) {
      least = distance;
      found = k;
    }
  }
  return found;
}

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  const auto points = context->range(0, std::int64_t(setup.size(kPoints)))
                          .map([](std::int64_t i) { return point(std::uint64_t(i)); })
                          .persist();
  points.count();  // an action fills the cache
  return engine_side(context, [points, all = centres()] {
    std::uint64_t sum = 0;
    for (const auto& [centre, cluster] :
         points
             .map([all](const Point& point) {
               return std::pair(nearest(all, point), Cluster{point, 1});
             })
             .reduce_by_key(kindred::fn<&merge>)
             .collect()) {
      sum += centre_sum(centre, std::uint64_t(cluster.points), cluster.sum.data());
    }
    return sum;
  });
}

struct Sums {
  std::array<double, kCentres * kDimensions> sums{};
  std::array<double, kCentres> counts{};
};

template <auto assign>
Side by_hand(const Setup& setup) {
  const auto count = setup.size(kPoints);
  auto pool = std::make_shared<BufferPool>();
  auto points = std::make_shared<Buffer<double>>(*pool, count * kDimensions);
  for (std::size_t i = 0; i < points->size(); ++i) (*points)[i] = coordinate(i);
  return {.run = [pool, points, count, all = centres(), threads = setup.threads] {
    std::vector<Sums> of_threads(static_cast<std::size_t>(threads));
    on_threads(threads, [&](int thread) {
      const auto begin = share(count, thread, threads);
      Sums sums;
      assign(points->begin() + begin * kDimensions, share(count, thread + 1, threads) - begin,
             all[0].data(), sums.sums.data(), sums.counts.data());
      of_threads[static_cast<std::size_t>(thread)] = sums;
    });
    std::uint64_t checksum = 0;
    for (std::size_t k = 0; k < kCentres; ++k) {
      Point sum{};
      double in_cluster = 0;
      for (const auto& sums : of_threads) {
        for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += sums.sums[k * kDimensions + d];
        in_cluster += sums.counts[k];
      }
      if (in_cluster > 0) checksum += centre_sum(k, std::uint64_t(in_cluster), sum.data());
    }
    return Outcome(checksum);
  }};
}

const Registered plain{{.name = "W8",
                        .title = "k-means, 5M cached points of 10 dimensions, 10 centres: a step",
                        .target = 1.3,
                        .engine = engine,
                        .hand = by_hand<assign_points_plain>}};
const Registered best{{.name = "W8/vectorised",
                       .title = "the same against the distances to all centres side by side",
                       .then_target = 1.5,
                       .engine = engine,
                       .hand = by_hand<assign_points_best>}};

}  // namespace

}  // namespace bench
