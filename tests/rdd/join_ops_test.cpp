#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

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

namespace {

using Numbers = std::vector<std::pair<std::string, std::int64_t>>;
using Names = std::vector<std::pair<std::string, std::string>>;
using Outer =
    std::pair<std::string, std::pair<std::optional<std::int64_t>, std::optional<std::string>>>;

const Names kNames{{"1", "one"}, {"1", "uno"}, {text_of(3), "three"}, {"x", "?"}, {"x", "!"}};

// Every row that a full outer join gives.
std::vector<Outer> full_outer_model(const Numbers& left, const Names& right) {
  std::vector<Outer> rows;
  for (const auto& [key, x] : left) {
    bool met = false;
    for (const auto& [other, name] : right) {
      if (key != other) continue;
      met = true;
      rows.push_back({key, {x, name}});
    }
    if (!met) rows.push_back({key, {x, std::nullopt}});
  }
  for (const auto& [other, name] : right) {
    if (std::none_of(left.begin(), left.end(), [&](auto& row) { return row.first == other; })) {
      rows.push_back({other, {std::nullopt, name}});
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("outer joins keep the rows without a partner of the sides that they are named for") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto all = full_outer_model(keyed(rows), kNames);
      std::vector<std::pair<std::string, std::pair<std::int64_t, std::optional<std::string>>>> left;
      std::vector<std::pair<std::string, std::pair<std::optional<std::int64_t>, std::string>>>
          right;
      for (const auto& [key, both] : all) {
        if (both.first) left.push_back({key, {*both.first, both.second}});
        if (both.second) right.push_back({key, {both.first, *both.second}});
      }
      const auto numbers = context.parallelize(keyed(rows), partitions);
      const auto names = context.parallelize(kNames, 2);
      REQUIRE(sorted(numbers.left_outer_join(names).collect()) == sorted(left));
      REQUIRE(sorted(numbers.right_outer_join(names, 3).collect()) == sorted(right));
      REQUIRE(sorted(numbers.full_outer_join(names).collect()) == sorted(all));
    }
  });
}

TEST_CASE("in one partition the rows of a join come in the order of its left side") {
  on_every_master([](Context& context) {
    const auto numbers = keyed({3, 1, 12, 11, 2, 1});
    const auto joined =
        context.parallelize(numbers, 3).full_outer_join(context.parallelize(kNames, 2), 1);
    REQUIRE(joined.collect() == full_outer_model(numbers, kNames));
  });
}

TEST_CASE("joins of many numbers give what joins of few give, however far they are apart") {
  const std::int64_t distance = GENERATE(1, 1'000'003);
  on_every_master([distance](Context& context) {
    // Keys 0 to 149,999 twice on the left, 100,000 to 299,999 once on the right.
    const auto left = context.range(0, 300'000, 3).map([distance](std::int64_t x) {
      return std::pair(x % 150'000 * distance, x);
    });
    const auto right = context.range(100'000, 300'000, 2).map([distance](std::int64_t x) {
      return std::pair(x * distance, x * 10);
    });
    const auto inner = left.join(right, 2);
    REQUIRE(inner.count() == 100'000);
    REQUIRE(inner
                .filter([distance](auto& key, auto& both) {
                  return both.first % 150'000 * distance == key &&
                         both.second * distance == key * 10;
                })
                .count() == 100'000);
    REQUIRE(inner.map([](auto&, auto& both) { return both.first; }).distinct().count() == 100'000);
    REQUIRE(left.left_outer_join(right, 2).count() == 300'000);
    REQUIRE(left.right_outer_join(right, 2).count() == 250'000);
    const auto full = left.full_outer_join(right, 2);
    REQUIRE(full.count() == 450'000);
    REQUIRE(full.filter([](auto&, auto& both) { return !both.first; })
                .map([](auto& key, auto&) { return key; })
                .distinct()
                .count() == 150'000);
    REQUIRE(left.join(right, 2).take(3).size() == 3);
    REQUIRE(full.collect() == left.full_outer_join(right, 2).collect());
  });
}

TEST_CASE("a key with very many partners meets each of them, in their order") {
  everywhere([](Context& context, int partitions) {
    const auto hot = [](std::int64_t x) { return std::pair(x % 2 == 0 ? 7 : x, x); };
    const auto left = context.range(0, 20, partitions).map(hot);
    const auto right = context.range(0, 400, 3).map(hot);
    std::vector<std::pair<std::int64_t, std::pair<std::int64_t, std::int64_t>>> expected;
    for (std::int64_t x = 0; x < 20; ++x) {
      for (std::int64_t y = 0; y < 400; ++y) {
        if (hot(x).first == hot(y).first) expected.push_back({hot(x).first, {x, y}});
      }
    }
    REQUIRE(left.join(right, 1).collect() == expected);
    REQUIRE(sorted(left.join(right).collect()) == sorted(expected));
  });
}

TEST_CASE("lists meet numbers in their order, whether a key has one number or several") {
  everywhere([](Context& context, int partitions) {
    using List = std::vector<std::int64_t>;
    std::vector<std::pair<std::int64_t, List>> lists;
    for (std::int64_t key = 0; key < 300; ++key) lists.push_back({key % 150, List(key % 4, key)});
    for (const std::int64_t times : {0, 1, 2}) {
      std::vector<std::pair<std::int64_t, double>> numbers;
      for (std::int64_t i = 0; i < 100 * times; ++i) {
        numbers.push_back({i % 100, static_cast<double>(i)});
      }
      std::vector<std::pair<std::int64_t, std::pair<List, double>>> inner;
      std::vector<std::pair<std::int64_t, std::pair<List, std::optional<double>>>> outer;
      for (const auto& [key, list] : lists) {
        for (std::int64_t i = 0; key < 100 && i < times; ++i) {
          inner.push_back({key, {list, static_cast<double>(100 * i + key)}});
          outer.push_back({key, inner.back().second});
        }
        if (key >= 100 || times == 0) outer.push_back({key, {list, std::nullopt}});
      }
      const auto left = context.parallelize(lists, partitions);
      const auto right = context.parallelize(numbers, 3);
      REQUIRE(left.join(right, 1).collect() == inner);
      REQUIRE(left.left_outer_join(right, 1).collect() == outer);
      REQUIRE(sorted(left.left_outer_join(right).collect()) == sorted(outer));
      const auto sizes = left.left_outer_join(right, 1).map([](auto&, auto& both) {
        return both.first.size() + (both.second ? 10 : 0);  // of views
      });
      std::vector<std::size_t> expected;
      for (const auto& [key, both] : outer) {
        expected.push_back(both.first.size() + (both.second ? 10 : 0));
      }
      REQUIRE(sizes.collect() == expected);
    }
  });
}

TEST_CASE("a join of few rows with many takes little more than the many") {
  Config config;
  config.master = "local[4]";
  config.memory = std::uint64_t{56} << 20;
  const Context context(config);
  const auto few = context.range(0, 1000, 4).map([](std::int64_t x) { return std::pair(x, x); });
  const auto many =
      context.range(0, 280'000, 4).map([](std::int64_t x) { return std::pair(x, x); });
  REQUIRE(few.join(many, 4).count() == 1000);
}

TEST_CASE("outer joins of numbers are narrow on the side that is partitioned by the key") {
  everywhere([](Context& context, int partitions) {
    const auto sums = context.range(0, 20, partitions)
                          .map([](std::int64_t x) { return std::pair(x % 10, x); })
                          .reduce_by_key(std::plus<>{}, 4);
    const auto odd = context.range(0, 10, 2)
                         .filter([](std::int64_t x) { return x % 2 == 1; })
                         .map([](std::int64_t x) { return std::pair(x + 2, x > 4); });
    const auto joined = sums.full_outer_join(odd);
    REQUIRE(joined.partitions() == 4);
    REQUIRE(joined.explain().find("stage 3") == std::string::npos);
    using Row =
        std::pair<std::int64_t, std::pair<std::optional<std::int64_t>, std::optional<bool>>>;
    std::vector<Row> expected;
    for (std::int64_t key = 0; key < 10; ++key) {
      expected.push_back({key, {key * 2 + 10, {}}});
      if (key % 2 == 1 && key > 1) expected.back().second.second = key > 6;
    }
    expected.push_back({11, {std::nullopt, true}});
    REQUIRE(sorted(joined.collect()) == expected);
    REQUIRE(
        sorted(joined.filter([](auto&, auto& both) { return !both.second; }).collect()).size() ==
        6);
  });
}

TEST_CASE("a join may be stopped early, and an outer join of empty Rdds is empty") {
  everywhere([](Context& context, int partitions) {
    const auto numbers = context.parallelize(keyed({1, 2, 3, 4}), partitions);
    const auto names = context.parallelize(kNames, 2);
    REQUIRE(numbers.full_outer_join(names, 2).take(3).size() == 3);
    const auto none = context.parallelize(Numbers{}, partitions);
    REQUIRE(none.full_outer_join(context.parallelize(Names{}, 2)).collect().empty());
    REQUIRE_THROWS_AS(numbers.join(names, 0), UsageError);
    REQUIRE_THROWS_WITH(numbers.left_outer_join(names, -1),
                        contains_text("left_outer_join at ") && contains_text(": -1 partitions"));
  });
}
