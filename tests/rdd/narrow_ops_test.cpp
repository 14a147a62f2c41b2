#include <numeric>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("map gives the function's value of each element, in order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::int64_t> expected;
      for (const auto x : rows) expected.push_back(x * x + 3);
      const std::int64_t offset = 3;
      const auto squares = context.parallelize(rows, partitions).map([offset](std::int64_t x) {
        return x * x + offset;
      });
      REQUIRE(squares.collect() == expected);
    }
  });
}

TEST_CASE("filter keeps the elements for which the function is true, in order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::string> expected;
      for (const auto& text : texts_of(rows)) {
        if (text.size() % 2 == 0) expected.push_back(text);
      }
      const auto kept =
          context.parallelize(texts_of(rows), partitions).filter([](std::string_view text) {
            return text.size() % 2 == 0;
          });
      REQUIRE(kept.collect() == expected);
    }
  });
}

TEST_CASE(
    "flat_map gives the elements of each range: containers that own them and views that do not") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::int64_t> expected;
      std::vector<std::string> words;
      for (const auto x : rows) {
        for (std::int64_t i = 0; i < std::abs(x) % 4; ++i) expected.push_back(x + i);
        const auto text = text_of(x);
        for (const auto word : split(text)) words.emplace_back(word);
      }
      const auto repeated = context.parallelize(rows, partitions).flat_map([](std::int64_t x) {
        std::vector<std::int64_t> range(static_cast<std::size_t>(std::abs(x) % 4));
        std::iota(range.begin(), range.end(), x);
        return range;
      });
      REQUIRE(repeated.collect() == expected);
      const auto texts = context.parallelize(texts_of(rows), partitions);
      REQUIRE(texts.flat_map([](std::string_view text) { return split(text); }).collect() == words);
      // A function that takes an owned string and returns views of it: the string must outlive
      // them.
      REQUIRE(texts.flat_map([](const std::string& text) { return split(text); }).collect() ==
              words);
    }
  });
}

TEST_CASE("a function may take the parts of a pair or a tuple") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::pair<std::string, int>> rows{{"one", 1}, {"two", 2}, {"three", 3}};
    const auto pairs = context.parallelize(rows, partitions);
    REQUIRE(pairs.map([](auto& key, auto n) { return key.size() + static_cast<std::size_t>(n); })
                .collect() == std::vector<std::size_t>{4, 5, 8});
    REQUIRE(pairs.filter([](std::string_view key, int) { return key[0] == 't'; }).count() == 2);
    const auto triples = pairs.map([](auto& key, int n) { return std::tuple(key, n, n * 0.5); });
    REQUIRE(triples.map([](auto&, int, double half) { return half; }).sum() == 3.0);
  });
}

TEST_CASE("a function that takes std::string gets one, though views are passed") {
  everywhere([](Context& context, int partitions) {
    const auto rows = texts_of({1, 2, 3});
    const auto texts = context.parallelize(rows, partitions);
    REQUIRE(texts.map([](std::string text) { return text + "!"; }).collect() ==
            std::vector<std::string>{"1!", "2!", text_of(3) + "!"});
    // The result points into the copy that the function got: it must be owned before that is gone.
    REQUIRE(texts.map([](const std::string& text) { return std::string_view(text).substr(0, 1); })
                .collect() == std::vector<std::string>{"1", "2", "a"});
  });
}

TEST_CASE("map_values keeps keys and how they are partitioned") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::vector<std::pair<std::string, std::int64_t>> expected;
      std::vector<std::pair<std::string, std::int64_t>> pairs;
      for (const auto x : rows) {
        pairs.emplace_back(text_of(x), x);
        expected.emplace_back(text_of(x), -x);
      }
      const auto negated =
          context.parallelize(pairs, partitions).map_values([](std::int64_t x) { return -x; });
      REQUIRE(negated.collect() == expected);
    }
    const auto summed = context.parallelize(std::vector<std::pair<int, int>>{{1, 1}}, partitions)
                            .reduce_by_key(std::plus<>{});
    REQUIRE(summed.partitioning().has_value());
    REQUIRE(summed.map_values([](int x) { return x * 0.5; }).partitioning() ==
            summed.partitioning());
    REQUIRE(summed.filter([](int, int) { return true; }).partitioning() == summed.partitioning());
    REQUIRE(
        !summed.map([](int key, int x) { return std::pair(key, x); }).partitioning().has_value());
  });
}

namespace {

struct Reading {
  std::string sensor;
  std::vector<double> values;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(sensor, values);
  }
  friend bool operator==(const Reading&, const Reading&) = default;
};

}  // namespace

TEST_CASE("elements may be structs of the user's with cereal's serialize") {
  everywhere([](Context& context, int partitions) {
    const std::vector<Reading> rows{{"a", {1, 2}}, {"b", {}}, {"a", {3}}};
    const auto readings = context.parallelize(rows, partitions);
    REQUIRE(readings.collect() == rows);
    REQUIRE(readings.persist().filter([](const Reading& r) { return r.sensor == "a"; }).count() ==
            2);
    const auto sizes =
        readings.map([](const Reading& r) { return std::pair(r.sensor, r.values.size()); })
            .reduce_by_key(std::plus<>{})
            .sort_by_key();
    REQUIRE(sizes.collect() ==
            std::vector<std::pair<std::string, std::size_t>>{{"a", 3}, {"b", 0}});
    const auto keyed = readings.map([](const Reading& r) { return std::pair(r.sensor, r); });
    REQUIRE(keyed.map_values([](const Reading& r) { return r.values.size(); })
                .map([](auto&, std::size_t n) { return n; })
                .sum() == 3);
  });
}

TEST_CASE("capture gives a function values that a lambda cannot carry") {
  everywhere([](Context& context, int partitions) {
    const std::string suffix = " and a text that is longer than a small string";
    const auto texts =
        context.range(0, 3, partitions)
            .map(capture(suffix, std::vector<int>{10, 20, 30},
                         [](const std::string& text, const std::vector<int>& tens, std::int64_t x) {
                           return std::to_string(tens[static_cast<std::size_t>(x)]) + text;
                         }));
    REQUIRE(texts.collect() ==
            std::vector<std::string>{"10" + suffix, "20" + suffix, "30" + suffix});
  });
}

namespace {

std::int64_t twice(std::int64_t x) { return 2 * x; }

}  // namespace

TEST_CASE("fn makes a function of the program into one that travels") {
  everywhere([](Context& context, int partitions) {
    REQUIRE(context.range(0, 10, partitions).map(fn<&twice>).sum() == 90);
  });
}

TEST_CASE("union_with gives the elements of one Rdd, then of the other, partition by partition") {
  everywhere([](Context& context, int partitions) {
    const auto ones = context.parallelize(std::vector<std::string>{"a", "b", "c"}, partitions);
    const auto twos = context.range(0, 4, 2).map([](std::int64_t x) { return std::to_string(x); });
    const auto both = ones.union_with(twos);
    REQUIRE(both.partitions() == static_cast<std::uint32_t>(partitions) + 2);
    REQUIRE(both.collect() == std::vector<std::string>{"a", "b", "c", "0", "1", "2", "3"});
    REQUIRE(both.union_with(both).count() == 14);
    REQUIRE(both.map([](std::string_view text) { return text.size(); }).sum() == 7);
  });
}

TEST_CASE("an Rdd<T> holds any chain of T, and may be reassigned in a loop") {
  everywhere([](Context& context, int partitions) {
    Rdd<std::int64_t> numbers = context.range(0, 100, partitions);
    for (int i = 0; i < 20; ++i) {
      numbers = numbers.map([](std::int64_t x) { return x + 1; }).filter([](std::int64_t x) {
        return x % 50 != 0;
      });
    }
    std::vector<std::int64_t> expected;
    for (std::int64_t x = 0; x < 100; ++x) {
      bool kept = true;
      for (std::int64_t i = 1; i <= 20; ++i) kept = kept && (x + i) % 50 != 0;
      if (kept) expected.push_back(x + 20);
    }
    REQUIRE(numbers.collect() == expected);
  });
}
