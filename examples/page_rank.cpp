/// Ranks pages by the links between them: PageRank over a list of links, a line "FROM TO" each.
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

using Rank = std::pair<std::string, double>;

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  std::string input = KINDRED_EXAMPLE_DATA "/links.txt";
  int iterations = 10;
  int partitions = 4;
  bool explain = false;
  CLI::App app("The ten pages of the highest PageRank.");
  app.add_option("--input", input, "file of links, a line FROM TO each")->capture_default_str();
  app.add_option("--iterations", iterations, "how often ranks are passed on")
      ->capture_default_str();
  app.add_option("--partitions", partitions, "partitions of links and ranks")
      ->capture_default_str();
  app.add_option("--master", config.master, "local[N], local[*] or local-cluster[N,CORES,MIB]")
      ->capture_default_str();
  app.add_flag("--explain", explain, "print the stages of the last job first");
  CLI11_PARSE(app, argc, argv);

  kindred::Context context(config);
  // Kept, and partitioned by page: no iteration reads the file or moves a link again.
  const auto links = context.text_file(input)
                         .map([](std::string_view line) {
                           const auto space = line.find(' ');
                           return std::pair(line.substr(0, space), line.substr(space + 1));
                         })
                         .distinct()
                         .group_by_key(partitions)
                         .named("links")
                         .persist();

  kindred::Rdd<Rank> ranks = links.map_values([](auto&) { return 1.0; });
  for (int i = 0; i < iterations; ++i) {
    // Both sides are partitioned alike, so that the join needs no shuffle.
    ranks = links.join(ranks)
                .flat_map<Rank>([](auto&, auto& links_and_rank, auto& emit) {
                  const auto& [targets, rank] = links_and_rank;
                  for (const auto& page : targets) {
                    emit(std::pair(page, rank / static_cast<double>(targets.size())));
                  }
                })
                .reduce_by_key(std::plus<>{}, partitions)
                .map_values([](double passed_on) { return 0.15 + 0.85 * passed_on; })
                .named("ranks");
  }
  if (explain) std::puts(ranks.explain().c_str());
  for (const auto& [page, rank] : ranks.top(10, [](auto& page) { return page.second; })) {
    std::printf("%-10s %9.6f\n", page.c_str(), rank);
  }
}
