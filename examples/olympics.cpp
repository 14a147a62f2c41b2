/// Mean age of the athletes at each Olympic games since 1896, from the real entries.
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

struct Ages {
  std::int64_t sum = 0;
  std::int64_t count = 0;
};

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  std::string input = KINDRED_EXAMPLE_DATA "/athlete_events.csv.zst";
  int partitions = 2;
  bool explain = false;
  CLI::App app(
      "Mean age and number of athletes with a known age, for each year of the Olympic games.");
  app.add_option("--input", input, "CSV file with columns Year and Age, plain, .gz, .zst or .lz4")
      ->capture_default_str();
  app.add_option("--master", config.master, "local[N], local[*] or local-cluster[N,CORES,MIB]")
      ->capture_default_str();
  app.add_option("--partitions", partitions, "partitions of the table of years")
      ->capture_default_str();
  app.add_flag("--explain", explain, "print the stages of the job first");

  CLI11_PARSE(app, argc, argv);

  kindred::Context context(config);

  auto means =
      context
          .csv_file(input, kindred::column<std::int64_t>("Year"),
                    kindred::column<std::optional<std::int64_t>>("Age"))
          .filter([](std::int64_t, const auto& age) { return age.has_value(); })
          .map([](std::int64_t year, const auto& age) {
            return std::pair(year, Ages{*age, 1});
          })
          .reduce_by_key(
              [](Ages a, Ages b) {
                return Ages{a.sum + b.sum, a.count + b.count};
              },
              partitions)
          .map_values([](const Ages& ages) {
            return std::pair(static_cast<double>(ages.sum) / static_cast<double>(ages.count),
                             ages.count);
          })
          .sort_by_key();
  if (explain) std::puts(means.explain().c_str());
  means.show(100, {"year", "mean age", "athletes"});
}
