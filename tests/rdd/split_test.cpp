#include "kindred/rdd/split.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

std::vector<std::string> words_of(std::string_view text, char delimiter) {
  std::vector<std::string> words;
  for (const auto word : split(text, delimiter)) words.emplace_back(word);
  return words;
}

// Letter by letter.
std::vector<std::string> expected(std::string_view text, char delimiter) {
  std::vector<std::string> words;
  bool in_word = false;
  for (const auto letter : text) {
    if (letter != delimiter && !in_word) words.emplace_back();
    in_word = letter != delimiter;
    if (in_word) words.back() += letter;
  }
  return words;
}

}  // namespace

TEST_CASE("a word ends at the delimiter, wherever that is, and else at the end of the text") {
  for (const char delimiter : {' ', '\0', '\x01', '\x7f', '\x80', '\xff'}) {
    for (std::size_t size = 0; size < 80; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, static_cast<char>(delimiter + 1));
        text[at] = delimiter;
        REQUIRE(words_of(text, delimiter) == expected(text, delimiter));
      }
    }
  }
}

TEST_CASE("split agrees with a look at each letter") {
  test::Random random;
  WITH_SEED(random);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random.below(200), ' ');
    const auto letters = 2 + random.below(60);
    for (auto& letter : text) letter = static_cast<char>(' ' - 1 + random.below(letters));
    REQUIRE(words_of(text, ' ') == expected(text, ' '));
  }
}

}  // namespace kindred
