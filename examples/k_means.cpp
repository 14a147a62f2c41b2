/// Groups the athletes of the Olympic games by height and weight: k-means over points in memory.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

struct Point {
  double height = 0;
  double weight = 0;
};

double distance(const Point& a, const Point& b) {
  return std::hypot(a.height - b.height, a.weight - b.weight);
}

struct Cluster {
  Point sum;
  std::int64_t points = 0;

  Point centre() const {
    return {sum.height / static_cast<double>(points), sum.weight / static_cast<double>(points)};
  }
};

Cluster merge(const Cluster& a, const Cluster& b) {
  return {{a.sum.height + b.sum.height, a.sum.weight + b.sum.weight}, a.points + b.points};
}

std::size_t nearest(const std::vector<Point>& centres, const Point& point) {
  const auto closer = [&](const Point& a, const Point& b) {
    return distance(a, point) < distance(b, point);
  };
  return static_cast<std::size_t>(std::min_element(centres.begin(), centres.end(), closer) -
                                  centres.begin());
}

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  std::size_t groups = 4;
  CLI::App app("Groups of athletes of like height (cm) and weight (kg).");
  app.add_option("--groups", groups, "how many")->capture_default_str()->check(CLI::Range(1, 100));
  app.add_option("--master", config.master, "local[N], local[*] or local-cluster[N,CORES,MIB]")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  kindred::Context context(config);
  const auto points = context
                          .csv_file(KINDRED_EXAMPLE_DATA "/athlete_events.csv.zst",
                                    kindred::column<std::optional<double>>("Height"),
                                    kindred::column<std::optional<double>>("Weight"))
                          .filter([](auto& height, auto& weight) { return height && weight; })
                          .map([](auto& height, auto& weight) {
                            return Point{*height, *weight};
                          })
                          .repartition(4)  // a compressed file is one partition
                          .named("points")
                          .persist();  // each iteration goes over them

  auto centres = points.sample(0.001).take(groups);
  double moved = 1;
  for (int iteration = 1; moved > 1e-3 && iteration <= 100; ++iteration) {
    const auto near = kindred::capture(centres, [](auto& all, const Point& point) {
      return std::pair(nearest(all, point), Cluster{point, 1});
    });
    moved = 0;
    for (const auto& [group, cluster] :
         points.map(near).reduce_by_key(kindred::fn<&merge>).collect()) {
      moved = std::max(moved, distance(centres[group], cluster.centre()));
      centres[group] = cluster.centre();
    }
    std::printf("iteration %d: a centre moved by %.6f\n", iteration, moved);
  }
  for (const auto& centre : centres)
    std::printf("%.2f cm, %.2f kg\n", centre.height, centre.weight);
}
