#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/rdd/everywhere.hpp"
#include "tests/refusing_memory.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// A key with a hash and without an order.
struct Colour {
  int red = 0;
  friend bool operator==(const Colour&, const Colour&) = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(red);
  }
};

auto pairs_of(const std::vector<std::int64_t>& rows) {
  std::vector<std::pair<std::string, std::int64_t>> pairs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    pairs.emplace_back(text_of(rows[i]), static_cast<std::int64_t>(i));
  }
  return pairs;
}

}  // namespace

template <>
struct std::hash<Colour> {
  std::size_t operator()(const Colour& colour) const { return std::hash<int>{}(colour.red); }
};

TEST_CASE("count_by_key, count_by_value, collect_as_map and lookup agree with a plain map") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto model = pairs_of(rows);
      std::map<std::string, std::uint64_t> counts;
      std::map<std::string, std::int64_t> last;
      std::vector<std::int64_t> values;
      for (const auto& [key, value] : model) {
        ++counts[key];
        last[key] = value;
        if (key == text_of(7)) values.push_back(value);
      }
      const auto pairs = context.parallelize(model, partitions);
      REQUIRE(pairs.count_by_key() == counts);
      REQUIRE(context.parallelize(texts_of(rows), partitions).count_by_value() == counts);
      REQUIRE(pairs.collect_as_map() == last);
      REQUIRE(pairs.lookup(text_of(7)) == values);
      REQUIRE(pairs.lookup("no such key").empty());
    }
  });
}

TEST_CASE("many keys are counted") {
  on_every_master([](Context& context) {
    const auto counts = context.range(0, 100'000, 3)
                            .map([](std::int64_t x) { return x % 40'000; })
                            .count_by_value();
    REQUIRE(counts.size() == 40'000);
    REQUIRE(counts.at(0) == 3);
    REQUIRE(counts.at(39'999) == 2);
  });
}

TEST_CASE("counts of keys without an order come in the order in which keys were first seen") {
  everywhere([](Context& context, int partitions) {
    const std::vector<Colour> rows{{3}, {1}, {3}, {2}, {1}, {3}};
    const std::vector<std::pair<Colour, std::uint64_t>> counts{{{3}, 3}, {{1}, 2}, {{2}, 1}};
    REQUIRE(context.parallelize(rows, partitions).count_by_value() == counts);
  });
}

TEST_CASE("all NaNs are one key, and so are both zeros, in counts, maps and lookups") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::nan("");
    const std::vector<std::pair<double, int>> rows{{nan, 1}, {0.0, 2}, {-nan, 3}, {-0.0, 4}};
    const auto pairs = context.parallelize(rows, partitions);
    const auto counts = pairs.count_by_key();
    REQUIRE(counts.size() == 2);
    REQUIRE(counts.at(nan) == 2);
    REQUIRE(counts.at(0.0) == 2);
    REQUIRE(pairs.collect_as_map().at(nan) == 3);
    REQUIRE(pairs.lookup(nan) == std::vector<int>{1, 3});
    REQUIRE(pairs.lookup(0.0) == std::vector<int>{2, 4});
  });
}

TEST_CASE("lookup in an Rdd that is partitioned by key runs one partition only") {
  static std::atomic<int> computed;
  auto& context = context_of("local[3]");
  const auto sums = context.range(0, 100, 5)
                        .map([](std::int64_t x) { return std::pair(x, x); })
                        .reduce_by_key(std::plus<>{}, 10)
                        .filter([](std::int64_t, std::int64_t) {
                          ++computed;
                          return true;
                        });
  for (std::int64_t key = 0; key < 100; ++key) {
    computed = 0;
    REQUIRE(sums.lookup(key) == std::vector<std::int64_t>{key});
    REQUIRE(computed < 40);
  }
  everywhere([](Context& other, int partitions) {
    const auto groups = other.parallelize(pairs_of({1, 2, 3, 2}), partitions).group_by_key();
    REQUIRE(groups.lookup(text_of(2)) == std::vector<std::vector<std::int64_t>>{{1, 3}});
    REQUIRE(groups.lookup("no such key").empty());
  });
}

TEST_CASE("counting asks for its memory and gives it back") {
  const auto requests = refuse_each_request([](const MemoryRef& memory) {
    Config config;
    config.master = "local[1]";
    Context context(config, memory);
    try {
      const auto texts = context.range(0, 500, 2).map(
          [](std::int64_t x) { return "a key that needs memory " + std::to_string(x % 50); });
      const auto counts = texts.count_by_value();
      REQUIRE(counts.size() == 50);
    } catch (const JobError& error) {
      throw OutOfMemoryError(error.what());
    }
  });
  REQUIRE(requests > 10);
}
