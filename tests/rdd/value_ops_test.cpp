#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("key_by puts what the function gives before each element") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::size_t, std::string>> expected;
      for (const auto& text : texts_of(rows)) expected.emplace_back(text.size(), text);
      const auto by_size =
          context.parallelize(texts_of(rows), partitions).key_by([](std::string_view text) {
            return text.size();
          });
      REQUIRE(by_size.collect() == expected);
    }
  });
}

namespace {

// Points into the text that it was cut from; the compiler knows nothing of that.
struct Cut {
  std::string_view head;
  std::string_view tail;
};
Cut cut(const std::string& text) {
  return {std::string_view(text).substr(0, 2), std::string_view(text).substr(2)};
}
std::string turned(Cut cut) { return std::string(cut.tail) += cut.head; }

}  // namespace

TEST_CASE("what a function of an owned text returns may point into it until the row has passed") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::string> texts{"a text too long for a small string", "another such text",
                                         "ab"};
    std::vector<std::string> expected;
    for (const auto& text : texts) expected.push_back(turned(cut(text)));
    const auto rows = context.parallelize(texts, partitions);
    REQUIRE(rows.map(fn<&cut>).map(fn<&turned>).collect() == expected);
    const auto pairs = rows.key_by([](std::string_view text) { return text.size(); });
    REQUIRE(pairs.map_values(fn<&cut>).map_values(fn<&turned>).values().collect() == expected);
    REQUIRE(rows.key_by(fn<&cut>)
                .map([](const Cut& key, std::string_view) { return turned(key); })
                .collect() == expected);
  });
}

TEST_CASE("keys and values are the parts of pairs, in order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::string, std::int64_t>> pairs;
      for (const auto x : rows) pairs.emplace_back(text_of(x), x);
      const auto rdd = context.parallelize(pairs, partitions);
      REQUIRE(rdd.keys().collect() == texts_of(rows));
      REQUIRE(rdd.values().collect() == rows);
    }
    // Pairs that a function returned own their parts.
    const auto made = context.range(0, 5, partitions).map([](std::int64_t x) {
      return std::pair(std::to_string(x), std::vector<std::int64_t>{x, x});
    });
    REQUIRE(made.keys().collect() == std::vector<std::string>{"0", "1", "2", "3", "4"});
    REQUIRE(made.values().collect()[4] == std::vector<std::int64_t>{4, 4});
  });
}

TEST_CASE("flat_map_values gives the key with each element of the value's range") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::int64_t, std::string>> pairs;
      std::vector<std::pair<std::int64_t, std::string>> expected;
      for (const auto x : rows) {
        const auto& text = pairs.emplace_back(x, text_of(x)).second;
        for (const auto word : split(text)) expected.emplace_back(x, word);
      }
      const auto rdd = context.parallelize(pairs, partitions);
      const auto words = rdd.flat_map_values([](std::string_view text) { return split(text); });
      REQUIRE(words.collect() == expected);
      // An owned string must outlive the views that are made of it.
      const auto owned = rdd.flat_map_values([](const std::string& text) { return split(text); });
      REQUIRE(owned.collect() == expected);
    }
  });
}

TEST_CASE("flat_map_values and map_values keep the partitioner, keys and values do not") {
  on_every_master([](Context& context) {
    const auto sums = context.range(0, 20, 3)
                          .map([](std::int64_t x) { return std::pair(x % 4, x); })
                          .reduce_by_key(std::plus<>{}, 2);
    const auto halves = sums.flat_map_values([](std::int64_t x) {
      return std::vector<std::int64_t>{x / 2, x - x / 2};
    });
    REQUIRE(halves.partitioning() == sums.partitioning());
    REQUIRE(halves.reduce_by_key(std::plus<>{}, 2).sort_by_key().collect() ==
            sums.sort_by_key().collect());
    REQUIRE_FALSE(sums.keys().partitioning());
    REQUIRE_FALSE(sums.values().partitioning());
  });
}

TEST_CASE("flat_map with an emitter gives all that was emitted, views and owned elements") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::string> expected;
      for (const auto& text : texts_of(rows)) {
        for (const auto word : split(text)) expected.emplace_back(word);
        expected.push_back(std::to_string(text.size()));
      }
      const auto texts = context.parallelize(texts_of(rows), partitions);
      const auto words = texts.flat_map<std::string>([](std::string_view text, auto& emit) {
        for (const auto word : split(text)) emit(word);
        emit(std::to_string(text.size()));
      });
      REQUIRE(words.collect() == expected);
      // take() stops the emitter, heeded or not.
      expected.resize(std::min<std::size_t>(expected.size(), 3));
      REQUIRE(words.take(3) == expected);
    }
    const auto pairs = context.parallelize(
        std::vector<std::pair<std::string, int>>{{"a", 2}, {"b", 3}}, partitions);
    const auto repeated =
        pairs.flat_map<std::pair<std::string, int>>([](auto& key, int n, auto emit) {
          for (int i = 0; i < n; ++i) emit(std::pair(key, i));
        });
    REQUIRE(repeated.collect() == std::vector<std::pair<std::string, int>>{
                                      {"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}, {"b", 2}});
  });
}
