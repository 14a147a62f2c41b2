#include <algorithm>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

template <class T>
std::vector<T> sorted(std::vector<T> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::pair<std::string, std::int64_t>> keyed(const std::vector<std::int64_t>& rows) {
  std::vector<std::pair<std::string, std::int64_t>> pairs;
  for (const auto x : rows) pairs.emplace_back(text_of(x % 10), x);
  return pairs;
}

}  // namespace

TEST_CASE("reduce_by_key merges the values of each key") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<std::string, std::int64_t> texts;
      std::map<std::int64_t, std::int64_t> numbers;
      for (const auto& [key, x] : keyed(rows)) texts[key] += x;
      for (const auto x : rows) numbers[x] += 1;
      const auto by_text =
          context.parallelize(keyed(rows), partitions).reduce_by_key(std::plus<>{}, 3);
      REQUIRE(by_text.partitions() == 3);
      REQUIRE(sorted(by_text.collect()) ==
              std::vector<std::pair<std::string, std::int64_t>>(texts.begin(), texts.end()));
      const auto by_number =
          context.parallelize(rows, partitions)
              .map([](std::int64_t x) { return std::pair(x, std::int64_t{1}); })
              .reduce_by_key([](std::int64_t a, std::int64_t b) { return a + b; });
      REQUIRE(sorted(by_number.collect()) ==
              std::vector<std::pair<std::int64_t, std::int64_t>>(numbers.begin(), numbers.end()));
    }
  });
}

TEST_CASE(
    "reduce_by_key merges in the order of the rows, so that combine need not be commutative") {
  everywhere([](Context& context, int partitions) {
    const auto joined =
        context.range(0, 40, partitions)
            .map([](std::int64_t x) { return std::pair(x % 3, std::to_string(x) + " "); })
            .reduce_by_key([](std::string a, std::string_view b) { return a + std::string(b); }, 2);
    std::map<std::int64_t, std::string> expected;
    for (std::int64_t x = 0; x < 40; ++x) expected[x % 3] += std::to_string(x) + " ";
    REQUIRE(sorted(joined.collect()) ==
            std::vector<std::pair<std::int64_t, std::string>>(expected.begin(), expected.end()));
  });
}

TEST_CASE("tables of more keys than the batching limit give the same") {
  on_every_master([](Context& context) {
    const auto counts = context.range(0, 300'000, 3)
                            .map([](std::int64_t x) { return std::pair(x * 7919 % 100'003, x); })
                            .reduce_by_key(std::plus<>{}, 2);
    std::vector<std::int64_t> expected(100'003);
    for (std::int64_t x = 0; x < 300'000; ++x)
      expected[static_cast<std::size_t>(x * 7919 % 100'003)] += x;
    const auto rows = counts.collect();
    REQUIRE(rows.size() == expected.size());
    bool right = true;
    for (const auto& [key, sum] : rows)
      right = right && expected[static_cast<std::size_t>(key)] == sum;
    REQUIRE(right);
  });
}

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

TEST_CASE("join gives every pair of rows of one key") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      using Row = std::pair<std::string, std::pair<std::int64_t, std::string>>;
      std::vector<Row> expected;
      std::vector<std::pair<std::string, std::string>> names{
          {"1", "one"}, {"1", "uno"}, {text_of(3), "three"}, {"x", "?"}};
      for (const auto& [key, x] : keyed(rows)) {
        for (const auto& [other, name] : names) {
          if (key == other) expected.push_back({key, {x, name}});
        }
      }
      const auto joined =
          context.parallelize(keyed(rows), partitions).join(context.parallelize(names, 2));
      REQUIRE(sorted(joined.collect()) == sorted(expected));
    }
  });
}

TEST_CASE("a join of numbers gives numbers") {
  everywhere([](Context& context, int partitions) {
    const auto halves =
        context.range(0, 100, partitions).map([](std::int64_t x) { return std::pair(x / 2, x); });
    const auto tens =
        context.range(0, 60, 3).map([](std::int64_t x) { return std::pair(x, x * 10); });
    const auto joined = halves.join(tens, 4);
    REQUIRE(joined.count() == 100);
    REQUIRE(joined
                .map([](auto& key, auto& both) {
                  return both.first / 2 == key && both.second == key * 10;
                })
                .filter([](bool right) { return right; })
                .count() == 100);
  });
}

TEST_CASE("Rdds that are partitioned alike are joined and reduced without a shuffle") {
  on_every_master([](Context& context) {
    const auto ones = context.range(0, 50, 3)
                          .map([](std::int64_t x) { return std::pair(x % 20, std::int64_t{1}); })
                          .reduce_by_key(std::plus<>{}, 4);
    const auto sums = context.range(0, 50, 2)
                          .map([](std::int64_t x) { return std::pair(x % 20, x); })
                          .reduce_by_key(std::plus<>{}, 4);
    const auto joined = ones.join(sums.map_values([](std::int64_t x) { return x * 2; }));
    REQUIRE(joined.partitions() == 4);
    const auto text = joined.explain();
    INFO(text);
    REQUIRE(text.find("stage 2") != text.npos);  // two map stages and the join's own
    REQUIRE(text.find("stage 3") == text.npos);
    REQUIRE(joined.count() == 20);
    const auto again = sums.reduce_by_key(std::plus<>{}, 4);
    REQUIRE(again.explain().find("stage 2") == std::string::npos);
    REQUIRE(sorted(again.collect()) == sorted(sums.collect()));
    REQUIRE(
        sorted(sums.group_by_key(4).map_values([](auto values) { return values[0]; }).collect()) ==
        sorted(sums.collect()));
  });
}

TEST_CASE("all NaN keys are one key, and so are 0.0 and -0.0") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::pair<double, int>> rows{
        {nan, 1}, {0.0, 2}, {-nan, 4}, {-0.0, 8}, {1.5, 16}};
    auto sums =
        context.parallelize(rows, partitions).reduce_by_key(std::plus<>{}).map([](double, int n) {
          return n;
        });
    REQUIRE(sorted(sums.collect()) == std::vector<int>{5, 10, 16});
  });
}

TEST_CASE("keys may be enums, pairs, tuples, and structs with a std::hash") {
  everywhere([](Context& context, int partitions) {
    const auto pairs = context.range(0, 30, partitions).map([](std::int64_t x) {
      return std::pair(std::pair(std::to_string(x % 2), x % 3), 1);
    });
    REQUIRE(pairs.reduce_by_key(std::plus<>{}, 2).count() == 6);
    const auto tuples = context.range(0, 30, partitions).map([](std::int64_t x) {
      return std::pair(std::tuple(x % 2, x % 3 == 0, 'c'), 1);
    });
    REQUIRE(tuples.reduce_by_key(std::plus<>{}, 2).count() == 4);
    REQUIRE(tuples.group_by_key(3).join(tuples.reduce_by_key(std::plus<>{}, 3)).count() == 4);
  });
}

TEST_CASE("keys may be bools and optionals, and all NaNs in optionals are one key") {
  everywhere([](Context& context, int partitions) {
    const auto parity = context.range(0, 10, partitions).map([](std::int64_t x) {
      return std::pair(x % 2 == 0, x);
    });
    const auto groups = parity.group_by_key(2).sort_by_key(SortOrder::ascending, 2);
    REQUIRE(groups.collect() == std::vector<std::pair<bool, std::vector<std::int64_t>>>{
                                    {false, {1, 3, 5, 7, 9}}, {true, {0, 2, 4, 6, 8}}});
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::pair<std::optional<double>, int>> rows{
        {nan, 1}, {3.0, 2}, {nan, 4}, {{}, 8}, {1.0, 16}};
    const auto numbers = [](auto rdd) { return rdd.map([](auto&, int n) { return n; }).collect(); };
    const auto optionals = context.parallelize(rows, partitions);
    REQUIRE(numbers(optionals.sort_by_key()) == std::vector<int>{8, 16, 2, 1, 4});
    REQUIRE(sorted(numbers(optionals.reduce_by_key(std::plus<>{}))) ==
            std::vector<int>{2, 5, 8, 16});
  });
}

namespace {

// Equal and hashed without regard to case, though it can be read as a text.
struct Name {
  std::string text;
  operator std::string_view() const { return text; }  // NOLINT
  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
  std::string lower() const {
    auto low = text;
    for (auto& c : low) c = static_cast<char>(std::tolower(c));
    return low;
  }
  friend bool operator==(const Name& a, const Name& b) { return a.lower() == b.lower(); }
};

}  // namespace

template <>
struct std::hash<Name> {
  std::size_t operator()(const Name& name) const { return std::hash<std::string>{}(name.lower()); }
};

TEST_CASE("the hash of a user's key type is used, whatever the type converts to") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::pair<Name, int>> rows{
        {{"Ada"}, 1}, {{"ADA"}, 2}, {{"bob"}, 4}, {{"Bob"}, 8}};
    const auto sums = context.parallelize(rows, partitions).reduce_by_key(std::plus<>{}, 3);
    REQUIRE(sorted(sums.map([](auto&, int n) { return n; }).collect()) == std::vector<int>{3, 12});
  });
}
