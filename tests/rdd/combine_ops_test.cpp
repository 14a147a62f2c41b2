#include <algorithm>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

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

TEST_CASE("aggregate_by_key merges values into an accumulator of another type, in their order") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<std::string, std::string> expected;
      for (const auto& [key, x] : keyed(rows)) expected[key] += std::to_string(x) + ";";
      const auto lists =
          context.parallelize(keyed(rows), partitions)
              .aggregate_by_key(
                  "",
                  [](std::string list, std::int64_t x) { return list + std::to_string(x) + ";"; },
                  std::plus<>{}, 3);
      REQUIRE(lists.partitions() == 3);
      REQUIRE(sorted(lists.collect()) ==
              std::vector<std::pair<std::string, std::string>>(expected.begin(), expected.end()));
    }
  });
}

TEST_CASE("combine_by_key creates one accumulator for each key and map task") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      // (the first value, how many accumulators there were, the sum)
      using Seen = std::tuple<std::int64_t, std::int64_t, double>;
      std::map<std::string, Seen> expected;
      const auto pairs = keyed(rows);
      const auto size = static_cast<std::int64_t>(pairs.size());
      std::map<std::string, std::int64_t> last_part;
      for (std::int64_t i = 0; i < size; ++i) {
        std::int64_t part = 0;  // the partition of parallelize() that has row i
        while (size * (part + 1) / partitions <= i) ++part;
        const auto& [key, x] = pairs[static_cast<std::size_t>(i)];
        auto& [first, tasks, sum] = expected.try_emplace(key, x, 0, 0.0).first->second;
        const auto [at, new_key] = last_part.try_emplace(key, part);
        tasks += new_key || at->second != part;
        at->second = part;
        sum += static_cast<double>(x);
      }
      const auto seen =
          context.parallelize(pairs, partitions)
              .combine_by_key([](std::int64_t x) { return Seen(x, 1, static_cast<double>(x)); },
                              [](const Seen& before, std::int64_t x) {
                                return Seen(std::get<0>(before), std::get<1>(before),
                                            std::get<2>(before) + static_cast<double>(x));
                              },
                              [](const Seen& a, const Seen& b) {
                                return Seen(std::get<0>(a), std::get<1>(a) + std::get<1>(b),
                                            std::get<2>(a) + std::get<2>(b));
                              });
      REQUIRE(sorted(seen.collect()) ==
              std::vector<std::pair<std::string, Seen>>(expected.begin(), expected.end()));
    }
  });
}

TEST_CASE("accumulators of many keys that are copied as bytes give the same") {
  on_every_master([](Context& context) {
    // More keys than one table holds before it is dealt out to many: each must be created once.
    constexpr std::int64_t kKeys = 80'021;
    const auto means =
        context.range(0, 240'063, 1)
            .map([](std::int64_t x) { return std::pair(x * 7919 % kKeys, x); })
            .combine_by_key([](std::int64_t x) { return std::pair(double(x), 1); },
                            [](std::pair<double, int> sum, std::int64_t x) {
                              return std::pair(sum.first + double(x), sum.second + 1);
                            },
                            [](std::pair<double, int> a, std::pair<double, int> b) {
                              return std::pair(a.first + b.first, a.second + b.second);
                            },
                            2);
    std::vector<double> expected(kKeys);
    for (std::int64_t x = 0; x < 240'063; ++x) {
      expected[static_cast<std::size_t>(x * 7919 % kKeys)] += double(x);
    }
    const auto rows = means.collect();
    REQUIRE(rows.size() == expected.size());
    bool right = true;
    for (const auto& [key, sum] : rows) {
      right = right && sum.second == 3 && sum.first == expected[static_cast<std::size_t>(key)];
    }
    REQUIRE(right);
  });
}

TEST_CASE("fold_by_key begins each key with zero") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::map<std::string, std::int64_t> expected;
      for (const auto& [key, x] : keyed(rows)) {
        expected.try_emplace(key, 10);
        expected[key] = std::max(expected[key], x);
      }
      const auto greatest =
          context.parallelize(keyed(rows), partitions)
              .fold_by_key(10, [](std::int64_t a, std::int64_t b) { return std::max(a, b); });
      REQUIRE(sorted(greatest.collect()) ==
              std::vector<std::pair<std::string, std::int64_t>>(expected.begin(), expected.end()));
    }
  });
}

TEST_CASE("accumulators of pairs that are partitioned by their key need no shuffle") {
  everywhere([](Context& context, int partitions) {
    const auto groups = context.range(0, 40, partitions)
                            .map([](std::int64_t x) { return std::pair(x % 6, x); })
                            .group_by_key(4);
    const auto sizes = groups.combine_by_key(
        [](std::span<const std::int64_t> values) { return values.size() * 100; },
        [](std::size_t size, std::span<const std::int64_t>) { return size + 1; },
        [](std::size_t, std::size_t) -> std::size_t { throw std::logic_error("no shuffle"); }, 4);
    REQUIRE(sizes.explain().find("stage 2") == std::string::npos);
    REQUIRE(sorted(sizes.collect()) ==
            std::vector<std::pair<std::int64_t, std::size_t>>{
                {0, 700}, {1, 700}, {2, 700}, {3, 700}, {4, 600}, {5, 600}});
  });
}

TEST_CASE("a function of combine_by_key that throws is named, on both sides of the shuffle") {
  on_every_master([](Context& context) {
    const auto pairs =
        context.range(0, 8, 2).map([](std::int64_t x) { return std::pair(x % 2, x); });
    const auto fails_at = [&](int where) {
      return pairs.combine_by_key(
          [where](std::int64_t x) {
            if (where == 0) throw std::runtime_error("no accumulator");
            return x;
          },
          [where](std::int64_t sum, std::int64_t x) {
            if (where == 1) throw std::runtime_error("no value");
            return sum + x;
          },
          [where](std::int64_t a, std::int64_t b) {
            if (where == 2) throw std::runtime_error("no combiner");
            return a + b;
          });
    };
    const auto named = contains_text("combine_by_key at combine_ops_test.cpp:");
    REQUIRE_THROWS_WITH(fails_at(0).count(), named && contains_text("no accumulator"));
    REQUIRE_THROWS_WITH(fails_at(1).count(), named && contains_text("no value"));
    REQUIRE_THROWS_WITH(fails_at(2).count(), named && contains_text("no combiner"));
    REQUIRE(fails_at(3).count() == 2);
    std::int64_t sum = 0;
    REQUIRE_THROWS_WITH(pairs.aggregate_by_key(
                            0.0, [&](double, std::int64_t) { return double(sum); }, std::plus<>{}),
                        contains_text("aggregate_by_key at"));
  });
}
