/// The most frequent words of a text file: word_count FILE [HOW_MANY]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>
#include <utility>

#include <kindred/kindred.hpp>

int main(int argc, char** argv) {
  const auto config = kindred::Config::from_args(argc, argv);
  const auto top = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10;
  if (argc < 2 || argc > 3 || argv[1][0] == '-' || top == 0) {
    std::fputs("usage: word_count FILE [HOW_MANY]    FILE may be plain, .gz, .zst or .lz4\n",
               stderr);
    return 2;
  }
  kindred::Context context(config);
  context.text_file(argv[1])
      .flat_map([](std::string_view line) { return kindred::split(line); })
      .map([](std::string_view word) { return std::pair(word, std::int64_t{1}); })
      .reduce_by_key(std::plus<>{})
      .map([](std::string_view word, std::int64_t count) { return std::pair(count, word); })
      .sort_by_key(kindred::SortOrder::descending)
      .show(top, {"count", "word"});
}
