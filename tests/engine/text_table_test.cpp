#include "kindred/engine/text_table.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table_for.hpp"
#include "tests/catch.hpp"
#include "tests/engine/folded_table.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

using test::kFold;
using test::rows_of;
using Table = TextTable<std::uint64_t>;
using Pairs = test::Pairs<std::string>;

constexpr std::size_t kFew = 16'384;

}  // namespace

TEST_CASE("a packed text is the text again, and equal to no other") {
  test::Random random;
  WITH_SEED(random);
  std::vector<std::string> texts{""};
  for (std::size_t size = 1; size <= PackedText::kMost; ++size) {
    for (const char* const letters : {"a", "ab", "abc"}) {
      std::string text;
      while (text.size() < size) text += letters;
      text.resize(size);
      texts.push_back(text);
      for (std::size_t at = 0; at < size; ++at) {
        texts.push_back(text);
        texts.back()[at] = static_cast<char>(random.below(256));
        texts.push_back(text);
        texts.back()[at] = '\0';
      }
    }
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  REQUIRE(texts.size() > 1000);
  std::array<char, PackedText::kMost + 1> room;
  for (const auto& text : texts) {
    REQUIRE(PackedText::fits(text));
    REQUIRE(PackedText::of(text).unpack(room) == text);
    REQUIRE((PackedText::of(text) == PackedText{}) == text.empty());
    REQUIRE(std::count_if(texts.begin(), texts.end(), [&](const std::string& other) {
              return PackedText::of(other) == PackedText::of(text);
            }) == 1);
  }
  REQUIRE_FALSE(PackedText::fits(std::string(24, 'x')));
}

TEST_CASE("texts whose parts count together hash apart") {
  const SlotHash<PackedText> hash;
  for (const std::string begin : {"", "id:", "user-id:"}) {
    std::set<std::uint64_t> high_bits;
    for (int i = 1'000'000; i < 1'020'000; ++i) {
      const auto number = std::to_string(i);
      high_bits.insert(hash(PackedText::of(begin + number + "/" + number)) >> 32);
    }
    REQUIRE(high_bits.size() > 19'900);
  }
}

TEST_CASE("a text table agrees with a map, short and long texts and the empty one among its keys") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t adds : {0, 1, 31, 33, 1000, 100'000}) {
    for (const std::uint64_t texts : {1, 2, 100, 8'000, 200'000}) {
      for (const std::size_t longest : {10, 23, 24, 64}) {
        Pairs added;
        for (std::size_t i = 0; i < adds; ++i) {
          const auto text = random.below(texts);
          auto key = text == 0 ? std::string() : std::to_string(text);
          key.resize(text % (longest + 1), 'x');
          added.emplace_back(key + std::to_string(text), i);
          if (text == 0) added.back().first.clear();
        }
        test::agrees_with_model<Table>(added, kFew);
      }
    }
  }
}

TEST_CASE("a few texts come in the order in which they were first seen, short or long") {
  const std::string long_text(100, 'x');
  Table table(std::make_shared<MemoryManager>());
  for (const auto& text : {long_text + "1", std::string("b"), std::string("a"), long_text + "2",
                           long_text + "3", std::string("b"), std::string(), long_text + "1"}) {
    table.add(text, 1, std::plus<>{});
  }
  table.finish(std::plus<>{});
  REQUIRE(rows_of(table) == Pairs{{long_text + "1", 2},
                                  {"b", 2},
                                  {"a", 1},
                                  {long_text + "2", 1},
                                  {long_text + "3", 1},
                                  {"", 1}});
}

TEST_CASE("texts whose values have a heap of their own are in the table for all rows") {
  STATIC_REQUIRE(std::is_same_v<combine_table_t<std::string, std::string>,
                                CombineTable<std::string, std::string>>);
  STATIC_REQUIRE(std::is_same_v<combine_table_t<std::string, int, long>, TextTable<int, long>>);
}

TEST_CASE("memory that is refused to a text table is an error, and none stays taken") {
  const auto requests = test::refuse_each_request([](const MemoryRef& memory) {
    Table table(memory);
    for (std::uint64_t i = 0; i < 3000; ++i) {
      table.add(std::to_string(i), i, kFold);
      table.add(std::to_string(i) + " is a text that is longer than the short ones", i, kFold);
    }
    table.finish(kFold);
  });
  REQUIRE(requests > 20);
}

}  // namespace kindred
