/// Kills an executor in the middle of k-means over cached points, and shows what it cost.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

using Clock = std::chrono::steady_clock;

struct Point {
  double x = 0;
  double y = 0;
};

struct Cluster {
  Point sum;
  std::int64_t points = 0;
};

Cluster merge(const Cluster& a, const Cluster& b) {
  return {{a.sum.x + b.sum.x, a.sum.y + b.sum.y}, a.points + b.points};
}

// A line of the file: points around 8 places on a circle.
std::string random_point(std::int64_t i) {
  const auto hash = [i](std::uint64_t seed) {
    auto bits = (static_cast<std::uint64_t>(i) + seed) * 0x9e3779b97f4a7c15u;
    bits = (bits ^ (bits >> 31)) * 0xbf58476d1ce4e5b9u;
    return static_cast<double>(bits >> 11) * 0x1p-53;
  };
  constexpr Point kPlaces[] = {{9, 0},  {6, 6},   {0, 9},  {-6, 6},
                               {-9, 0}, {-6, -6}, {0, -9}, {6, -6}};
  const auto& place = kPlaces[i % 8];
  return std::to_string(place.x + 8 * hash(1)) + ' ' + std::to_string(place.y + 8 * hash(2));
}

Point parse(std::string_view line) {
  Point point;
  const auto end = line.data() + line.size();
  const auto x = std::from_chars(line.data(), end, point.x);
  std::from_chars(x.ptr + 1, end, point.y);
  return point;
}

std::size_t nearest(const std::vector<Point>& centres, const Point& point) {
  const auto square = [&](const Point& centre) {
    const auto x = centre.x - point.x, y = centre.y - point.y;
    return x * x + y * y;
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < centres.size(); ++i) {
    if (square(centres[i]) < square(centres[best])) best = i;
  }
  return best;
}

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  if (config.master == kindred::Config().master) config.master = "local-cluster[3,1,1024]";
  std::int64_t count = 4'000'000;
  int iterations = 10, kill_in = 6;
  CLI::App app("k-means over cached points; an executor is killed with SIGKILL meanwhile.");
  app.add_option("--points", count, "how many, written as text first")->capture_default_str();
  app.add_option("--iterations", iterations, "of k-means")->capture_default_str();
  app.add_option("--kill-in", kill_in, "the iteration of the kill; 0: none")->capture_default_str();
  app.add_option("--master", config.master, "local-cluster[N,CORES,MIB]")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto folder =
      std::filesystem::temp_directory_path() / ("recovery." + std::to_string(::getpid()));
  const kindred::Context context(config);
  context.range(0, count, 12).map(kindred::fn<&random_point>).save_as_text_file(folder.string());
  const auto points = context.text_file((folder / "part-*").string(), 12)
                          .map(kindred::fn<&parse>)
                          .named("points")
                          .persist();

  for (const auto& executor : context.executors()) {
    std::fprintf(stderr, "executor %ld is process %ld\n", static_cast<long>(executor.id),
                 static_cast<long>(executor.pid));
  }
  auto centres = points.take(8);
  double first = 0, shortest = 0;
  for (int iteration = 1; iteration <= iterations; ++iteration) {
    const auto begin = Clock::now();
    std::jthread killer;
    std::string note;
    // In local mode the only executor is this program.
    if (const auto victim = context.executors().back().pid;
        iteration == kill_in && victim != ::getpid()) {
      note = "  process " + std::to_string(victim) + " was killed";
      killer = std::jthread([=] {
        std::this_thread::sleep_for(std::chrono::duration<double>(shortest / 2));
        ::kill(static_cast<pid_t>(victim), SIGKILL);
      });
    }
    const auto near = kindred::capture(centres, [](auto& all, const Point& point) {
      return std::pair(nearest(all, point), Cluster{point, 1});
    });
    for (const auto& [i, cluster] : points.map(near).reduce_by_key(kindred::fn<&merge>).collect()) {
      const auto n = static_cast<double>(cluster.points);
      centres[i] = {cluster.sum.x / n, cluster.sum.y / n};
    }
    const auto time = std::chrono::duration<double>(Clock::now() - begin).count();
    if (iteration == 1) first = shortest = time;
    shortest = std::min(shortest, time);
    const std::string bar(static_cast<std::size_t>(std::min(40 * time / first, 60.0)), '#');
    std::fprintf(stderr, "iteration %2d %7.3f s %s%s\n", iteration, time, bar.c_str(),
                 note.c_str());
  }
  std::fprintf(stderr, "%s\n", context.recovery_report().text().c_str());
  for (const auto& centre : centres) std::printf("%.17g %.17g\n", centre.x, centre.y);
  std::filesystem::remove_all(folder);
}
