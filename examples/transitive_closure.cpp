/// Counts the pairs of nodes of a random graph that a path connects: transitive_closure
/// [PARTITIONS]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <kindred/kindred.hpp>

using Edge = std::pair<int, int>;

std::vector<Edge> random_graph(std::size_t edges, int nodes) {
  std::mt19937 random(42);
  std::set<Edge> graph;
  while (graph.size() < edges) {
    const int from = static_cast<int>(random() % static_cast<unsigned>(nodes));
    const int to = static_cast<int>(random() % static_cast<unsigned>(nodes));
    if (from != to) graph.emplace(from, to);
  }
  return {graph.begin(), graph.end()};
}

int main(int argc, char** argv) {
  const auto config = kindred::Config::from_args(argc, argv);
  const auto partitions = argc > 1 ? std::atoi(argv[1]) : 2;
  if (argc > 2 || partitions < 1) {
    std::fputs("usage: transitive_closure [PARTITIONS]    2 if left out\n", stderr);
    return 2;
  }

  kindred::Context context(config);
  kindred::Rdd<Edge> paths = context.parallelize(random_graph(200, 100), partitions).persist();

  // A join is by key: a path (x, y) meets an edge (y, z), kept as (y, x) and (y, z), in y.
  const auto edges = paths.map([](int from, int to) { return std::pair(to, from); }).persist();

  // Each round joins the paths that are known with the edges before them, until none is new.
  std::uint64_t before = 0;
  auto count = paths.count();
  while (count != before) {
    before = count;
    const auto longer =
        paths.join(edges).map([](int, auto& ends) { return std::pair(ends.second, ends.first); });
    paths = paths.union_with(longer).distinct(partitions).persist();
    count = paths.count();
  }
  std::printf("TC has %zu edges\n", static_cast<std::size_t>(count));
}
