/// Searches web server logs, plain and compressed: how many errors, at which hours, on which pages.
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

// The parts of a line in the common log format, as views of it:
//     10.0.1.15 - - [01/May/2024:00:03:27 +0000] "GET /cart HTTP/1.1" 200 10923
struct Request {
  std::string_view host, day_and_hour, page, status;
};

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == text.npos) return {};
  text.remove_prefix(from + begin.size());
  return text.substr(0, text.find(end));
}

Request parse(std::string_view line) {
  const auto request = between(line, "\"", "\"");
  return {line.substr(0, line.find(' ')), between(line, "[", "]").substr(0, 14),
          between(request, " ", " "), between(line, "\" ", " ")};
}

int main(int argc, char** argv) {
  auto config = kindred::Config::from_args(argc, argv);
  std::string input = KINDRED_EXAMPLE_DATA "/logs";
  std::string text;
  CLI::App app("Answers of status 5xx in web server logs: in which hours, on which pages.");
  app.add_option("--input", input,
                 "a file, a folder, a pattern or a list with commas; plain, .gz, .zst, .lz4")
      ->capture_default_str();
  app.add_option("--text", text, "only lines that hold this text");
  app.add_option("--master", config.master, "local[N], local[*] or local-cluster[N,CORES,MIB]")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  kindred::Context context(config);
  const auto lines = context.text_file(input).named("log lines");
  // Several questions follow: the files are read for the first one only.
  const auto errors =
      lines
          .filter(kindred::capture(text,
                                   [](const std::string& wanted, std::string_view line) {
                                     return parse(line).status.starts_with('5') &&
                                            line.find(wanted) != line.npos;
                                   }))
          .named("errors")
          .persist();
  std::printf("%zu errors in %zu lines\n\n", static_cast<std::size_t>(errors.count()),
              static_cast<std::size_t>(lines.count()));

  std::puts("The five worst hours:");
  const auto with_one = [](std::string_view key) { return std::pair(key, 1); };
  errors.map([](std::string_view line) { return parse(line).day_and_hour; })
      .map(with_one)
      .reduce_by_key(std::plus<>{})
      .sort_by([](std::string_view, int count) { return count; }, kindred::SortOrder::descending)
      .show(5, {"hour", "errors"});

  std::puts("\nPages:");
  for (const auto& [page, count] :
       errors.map([](std::string_view line) { return parse(line).page; }).count_by_value()) {
    std::printf("%6zu %s\n", static_cast<std::size_t>(count), page.c_str());
  }

  std::puts("\nThe first three lines:");
  for (const auto& line : errors.take(3)) std::puts(line.c_str());
}
