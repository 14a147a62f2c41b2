// Rows that do not rest as they are passed: vectors of views, bits, and what can only be moved.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

using Views = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

// Views of a text: its first character, and all of it.
const auto views_of = [](std::string_view text) { return Views{text.substr(0, 1), text}; };
const auto pair_of_views = [](std::string_view text) {
  return std::pair(Views{text.substr(0, 1), text}, Views{text});
};

// What pair_of_views gives, at rest.
std::vector<std::pair<Texts, Texts>> model_of(const std::vector<std::int64_t>& rows) {
  std::vector<std::pair<Texts, Texts>> model;
  for (const auto& text : texts_of(rows)) {
    model.emplace_back(Texts{text.substr(0, 1), text}, Texts{text});
  }
  return model;
}

}  // namespace

TEST_CASE("vectors of views are keys, values and rows of narrow ops, and rest as texts") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = context.parallelize(texts_of(rows), partitions);
      const auto pairs = texts.map(pair_of_views);
      std::vector<std::pair<std::string, Texts>> keyed;
      std::vector<std::pair<Texts, std::size_t>> sizes;
      std::vector<std::pair<Texts, std::string>> flat;
      for (const auto& [key, value] : model_of(rows)) {
        keyed.emplace_back(key.front(), key);
        sizes.emplace_back(key, value.front().size());
        flat.emplace_back(key, value.front());
      }
      REQUIRE(texts.map(views_of).key_by([](const auto& row) { return row.front(); }).collect() ==
              keyed);
      REQUIRE(pairs.map_values([](const auto& value) { return value.front().size(); }).collect() ==
              sizes);
      REQUIRE(pairs.flat_map_values([](const auto& value) { return value; }).collect() == flat);
    }
  });
}

TEST_CASE("rows are sorted by keys that are vectors of views") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      auto model = model_of(rows);
      std::stable_sort(model.begin(), model.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      std::vector<Texts> keys;
      for (const auto& [key, value] : model) keys.push_back(key);
      const auto texts = context.parallelize(texts_of(rows), 3);
      const auto pairs = texts.map(pair_of_views);
      REQUIRE(pairs.sort_by_key(SortOrder::ascending, partitions).collect() == model);
      const auto whole = [](const auto& row) { return row; };
      REQUIRE(texts.map(views_of).sort_by(whole, SortOrder::ascending, partitions).collect() ==
              keys);
    }
  });
}

TEST_CASE("vectors of views are keys of wide ops and actions") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<Texts, std::uint64_t> counts;
      for (const auto& [key, value] : model_of(rows)) ++counts[key];
      const auto keys = context.parallelize(texts_of(rows), partitions).map(views_of);
      const auto ones = keys.map([](const auto& key) { return std::pair(key, std::uint64_t{1}); });
      REQUIRE(ones.count_by_key() == counts);
      REQUIRE(ones.reduce_by_key(std::plus<>{}).collect_as_map() == counts);
      REQUIRE(keys.distinct().count() == counts.size());
    }
  });
}

TEST_CASE("the bits that flat_map and flat_map_values take out of a vector are rows") {
  everywhere([](Context& context, int partitions) {
    const auto bits_of = [](std::int64_t x) { return std::vector<bool>{x % 2 == 0, x % 3 == 0}; };
    std::vector<bool> model;
    for (std::int64_t x = 0; x < 50; ++x) {
      for (const bool bit : bits_of(x)) model.push_back(bit);
    }
    const auto numbers = context.range(0, 50, partitions);
    const auto bits = numbers.flat_map(bits_of);
    REQUIRE(bits.collect() == model);
    REQUIRE(bits.count_by_value() == std::map<bool, std::uint64_t>{{false, 58}, {true, 42}});
    REQUIRE(bits.distinct().count() == 2);
    const auto pairs =
        numbers.map([](std::int64_t x) { return std::pair(x, x); }).flat_map_values(bits_of);
    REQUIRE(pairs.values().collect() == model);
  });
}

TEST_CASE("rows that can only be moved pass through narrow ops, and are counted") {
  everywhere([](Context& context, int partitions) {
    const auto rows = context.range(0, 50, partitions).map([](std::int64_t x) {
      return std::make_unique<std::int64_t>(x);
    });
    REQUIRE(rows.count() == 50);
    REQUIRE(rows.filter([](const auto& x) { return *x > 47; })
                .map([](std::unique_ptr<std::int64_t> x) { return *x; })
                .collect() == std::vector<std::int64_t>{48, 49});
  });
}
