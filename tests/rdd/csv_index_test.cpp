#include "kindred/rdd/csv_index.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred::detail {
namespace {

struct Ends {
  std::vector<std::uint32_t> separators;
  std::vector<std::uint32_t> record_ends;
  bool quoted = false;
};

// Letter by letter.
Ends expected(const std::string& text, char delimiter) {
  Ends ends;
  for (std::uint32_t at = 0; at < text.size(); ++at) {
    const auto letter = text[at];
    if (letter == '"') ends.quoted = !ends.quoted;
    if (ends.quoted || (letter != delimiter && letter != '\n')) continue;
    ends.separators.push_back(at);
    if (letter == '\n') {
      ends.record_ends.push_back(static_cast<std::uint32_t>(ends.separators.size() - 1));
    }
  }
  return ends;
}

void agrees(CsvIndex& index, const std::string& text, char delimiter) {
  // Behind the text there are bytes that mean something.
  const auto readable = text + std::string(64, '\n');
  index.scan(std::string_view(readable).substr(0, text.size()), delimiter);
  const auto ends = expected(text, delimiter);
  REQUIRE(index.separators() == ends.separators.size());
  REQUIRE(index.records() == ends.record_ends.size());
  bool same = index.ends_quoted() == ends.quoted;
  for (std::uint32_t i = 0; i < index.separators(); ++i) {
    same = same && index.separator(i) == ends.separators[i];
  }
  for (std::uint32_t i = 0; i < index.records(); ++i) {
    same = same && index.record_end(i) == ends.record_ends[i];
  }
  REQUIRE(same);
}

}  // namespace

TEST_CASE("an index of CSV agrees with a look at each letter, whatever stands side by side") {
  test::Random random;
  WITH_SEED(random);
  const std::string letters = ",\n\"\r;ab";
  CsvIndex index(std::make_shared<MemoryManager>());
  for (int i = 0; i < 3000; ++i) {
    std::string text(random.below(300), ' ');
    const auto kinds = 1 + random.below(letters.size());
    for (auto& letter : text) letter = letters[random.below(kinds)];
    for (const char delimiter : {',', ';', 'a'}) agrees(index, text, delimiter);
  }
  agrees(index, std::string(10'000, ','), ',');
  agrees(index, std::string(10'000, '\n'), ',');
}

TEST_CASE("a last record without a line break is closed where the text ends") {
  CsvIndex index(std::make_shared<MemoryManager>());
  const std::string text = "a,b\nc,d";
  index.scan(std::string_view(text + std::string(64, ' ')).substr(0, text.size()), ',');
  REQUIRE(index.records() == 1);
  index.close(static_cast<std::uint32_t>(text.size()));
  REQUIRE(index.records() == 2);
  REQUIRE(index.separator(index.record_end(1)) == text.size());
}

}  // namespace kindred::detail
