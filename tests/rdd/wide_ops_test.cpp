// What all wide ops promise: the same bytes everywhere, and no memory that is not asked for.
#include <cmath>
#include <string>
#include <vector>

#include "tests/rdd/pairs.hpp"
#include "tests/rdd/refuse_each.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

template <class T>
void put(std::string& bits, const T& value) {
  if constexpr (requires { value.first; }) {
    put(bits, value.first);
    put(bits, value.second);
  } else if constexpr (requires { value.has_value(); }) {
    put(bits, value.has_value());
    if (value) put(bits, *value);
  } else if constexpr (requires { value.begin(); }) {
    put(bits, value.size());
    for (const auto& part : value) put(bits, part);
  } else {
    bits.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
}

// Rows are taken in the order in which they come, and their sums round in that order.
std::string bits_of_wide_ops(Context& context) {
  std::string bits;
  const auto points = context.range(0, 6'000, 7).map([](std::int64_t i) {
    const auto x = static_cast<double>(i);
    return std::pair(i * 7919 % 211, std::sin(x) * 1.1 + x * 1e-7);
  });
  const auto means = points.aggregate_by_key(
      std::pair(0.0, 0.0),
      [](std::pair<double, double> mean, double x) {
        return std::pair(mean.first * 0.9 + x, mean.second + 1);
      },
      [](std::pair<double, double> a, std::pair<double, double> b) {
        return std::pair(a.first * 0.7 + b.first, a.second + b.second);
      },
      3);
  put(bits, means.collect());
  const auto few = points.filter([](auto key, double x) { return key % 3 == 0 && x > 1; });
  put(bits, few.full_outer_join(means, 4).take(900));
  put(bits, few.cogroup(means).collect());
  put(bits, points.map([](auto key, double) { return std::to_string(key); }).distinct(4).collect());
  put(bits, points.repartition(5).map([](auto, double x) { return x; }).sum());
  put(bits, points.sort_by([](auto, double x) { return -x; }, SortOrder::ascending, 3).take(700));
  put(bits, points.partition_by(6).coalesce(4).collect());
  return bits;
}

}  // namespace

TEST_CASE("wide ops give the same bytes on any number of threads and of processes") {
  const auto once = bits_of_wide_ops(context_of("local[1]"));
  for (const auto* master : {"local[3]", "local[8]", "local-cluster[3,1,1024]"}) {
    INFO(master);
    Context context(master);
    for (int run = 0; run < 2; ++run) {
      const bool same = bits_of_wide_ops(context) == once;
      REQUIRE(same);
    }
  }
}

TEST_CASE("each request for memory of a wide op that is refused gives a clear error and no leak") {
  const auto texts = [](Context& context) {
    return context.range(0, 200, 2).map([](std::int64_t x) {
      return std::pair("a key that needs memory " + std::to_string(x % 20), x);
    });
  };
  REQUIRE(refuse_each([&](Context& context) {
            const auto pairs = texts(context);
            pairs.full_outer_join(pairs.filter([](auto&, auto x) { return x > 20; })).count();
          }) > 10);
  REQUIRE(refuse_each([&](Context& context) {
            texts(context)
                .aggregate_by_key(
                    std::vector<std::string>{},
                    [](std::vector<std::string> list, std::int64_t x) {
                      list.push_back(text_of(x));
                      return list;
                    },
                    [](std::vector<std::string> a, const std::vector<std::string>& b) {
                      a.insert(a.end(), b.begin(), b.end());
                      return a;
                    })
                .count();
          }) > 10);
  REQUIRE(refuse_each([&](Context& context) {
            const auto keys = texts(context).map([](auto& key, auto) { return std::string(key); });
            keys.distinct()
                .repartition(3)
                .sort_by([](std::string_view key) { return key.size(); })
                .coalesce(1)
                .count();
          }) > 10);
}

TEST_CASE("an Rdd meets itself") {
  everywhere([](Context& context, int partitions) {
    const auto pairs =
        context.range(0, 12, partitions).map([](std::int64_t x) { return std::pair(x / 2, x); });
    REQUIRE(pairs.join(pairs).count() == 24);
    REQUIRE(pairs.cogroup(pairs, pairs).count() == 6);
    REQUIRE(pairs.subtract_by_key(pairs).count() == 0);
    REQUIRE(pairs.intersection(pairs).count() == 12);
    REQUIRE(pairs.cartesian(pairs).count() == 144);
  });
}
