#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("group_by_key gives the values of each key in the order of the rows") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<std::string, std::vector<std::int64_t>> expected;
      for (const auto& [key, x] : keyed(rows)) expected[key].push_back(x);
      const auto groups = context.parallelize(keyed(rows), partitions).group_by_key();
      REQUIRE(sorted(groups.collect()) ==
              std::vector<std::pair<std::string, std::vector<std::int64_t>>>(expected.begin(),
                                                                             expected.end()));
      const auto sizes =
          groups.map_values([](std::span<const std::int64_t> values) { return values.size(); });
      REQUIRE(sizes.map([](auto&, std::size_t n) { return n; }).sum() == rows.size());
    }
    const auto flags = context.range(0, 10, partitions)
                           .map([](std::int64_t x) { return std::pair(x % 2, x > 4); })
                           .group_by_key(1)
                           .sort_by_key();
    REQUIRE(flags.collect() ==
            std::vector<std::pair<std::int64_t, std::vector<bool>>>{
                {0, {false, false, false, true, true}}, {1, {false, false, true, true, true}}});
  });
}

TEST_CASE("group_by brings the elements of which a function gives the same key together") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<std::string, std::vector<std::string>> texts;
      std::map<std::int64_t, std::vector<std::int64_t>> numbers;
      for (const auto x : rows) {
        texts[text_of(x).substr(0, 1)].push_back(text_of(x));
        numbers[x % 7].push_back(x);
      }
      // The key is a view of the element, or a value.
      const auto by_letter =
          context.parallelize(texts_of(rows), partitions)
              .group_by([](std::string_view text) { return text.substr(0, 1); }, 3);
      REQUIRE(by_letter.partitions() == 3);
      REQUIRE(sorted(by_letter.collect()) ==
              std::vector<std::pair<std::string, std::vector<std::string>>>(texts.begin(),
                                                                            texts.end()));
      const auto by_rest =
          context.parallelize(rows, partitions).group_by([](std::int64_t x) { return x % 7; });
      REQUIRE(sorted(by_rest.collect()) ==
              std::vector<std::pair<std::int64_t, std::vector<std::int64_t>>>(numbers.begin(),
                                                                              numbers.end()));
    }
  });
}

TEST_CASE("group_by takes the parts of a pair, and owned rows") {
  everywhere([](Context& context, int partitions) {
    const auto pairs = context.parallelize(keyed({1, 2, 3, 11, 12, 1}), partitions);
    const auto by_value = pairs.group_by([](auto&, std::int64_t x) { return x > 10; }, 2);
    REQUIRE(by_value.map([](bool, auto rows) { return rows.size(); }).sum() == 6);
    REQUIRE(by_value.count() == 2);
    const auto by_text = context.range(0, 12, partitions)
                             .map([](std::int64_t x) { return std::to_string(x); })
                             .group_by([](const std::string& text) { return text.size(); });
    REQUIRE(by_text.map_values([](auto rows) { return rows.size(); }).sort_by_key().collect() ==
            std::vector<std::pair<std::size_t, std::size_t>>{{1, 10}, {2, 2}});
  });
}
