/// The most frequent words of a text file.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include <kindred/kindred.hpp>

int main(int argc, char** argv) {
  std::string input;
  std::size_t top = 10;
  CLI::App app("Counts the words of a text file and shows the most frequent ones.");
  app.add_option("input", input, "text file, plain, .gz or .zst")->required();
  app.add_option("--top", top, "how many words to show")->capture_default_str();

  try {
    kindred::Config config = kindred::Config::from_args(argc, argv);
    CLI11_PARSE(app, argc, argv);
    kindred::Context context(config);
    context.text_file(input)
        .flat_map([](std::string_view line) { return kindred::split(line); })
        .map([](std::string_view word) { return std::pair(word, std::int64_t{1}); })
        .reduce_by_key(std::plus<>{})
        .map([](std::string_view word, std::int64_t count) { return std::pair(count, word); })
        .sort_by_key(kindred::SortOrder::descending)
        .show(top, {"count", "word"});
  } catch (const kindred::Error& error) {
    std::fprintf(stderr, "word_count: %s\n", error.what());
    return 1;
  }
}
