#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("count, sum, reduce, collect, take and first agree with a plain vector") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto numbers = context.parallelize(rows, partitions);
      REQUIRE(numbers.count() == rows.size());
      REQUIRE(numbers.sum() == std::accumulate(rows.begin(), rows.end(), std::int64_t{0}));
      REQUIRE(numbers.collect() == rows);
      for (const std::size_t n : {0, 1, 2, 10, 5000}) {
        const auto taken = numbers.take(n);
        REQUIRE(taken == std::vector<std::int64_t>(
                             rows.begin(),
                             rows.begin() + static_cast<std::ptrdiff_t>(std::min(n, rows.size()))));
      }
      if (rows.empty()) continue;
      REQUIRE(numbers.first() == rows.front());
      REQUIRE(numbers.reduce(std::plus<>{}) == numbers.sum());
      REQUIRE(numbers.reduce([](std::int64_t a, std::int64_t b) { return std::max(a, b); }) ==
              *std::max_element(rows.begin(), rows.end()));
    }
  });
}

TEST_CASE("reduce merges in order, so that its function need not be commutative") {
  everywhere([](Context& context, int partitions) {
    const auto texts =
        context.range(0, 12, partitions).map([](std::int64_t x) { return std::to_string(x); });
    REQUIRE(texts.reduce([](std::string_view a, std::string_view b) {
      return std::string(a) + std::string(b);
    }) == "01234567891011");
    // A function that gives back one of its arguments must not lose it.
    REQUIRE(texts.reduce([](const std::string& a, const std::string&) -> const std::string& {
      return a;
    }) == "0");
  });
}

TEST_CASE("sum is 64 bits wide for integers and double for floating point") {
  on_every_master([](Context& context) {
    const std::vector<std::int32_t> large(4, std::numeric_limits<std::int32_t>::max());
    REQUIRE(context.parallelize(large).sum() == 4LL * std::numeric_limits<std::int32_t>::max());
    REQUIRE(context.parallelize(std::vector<float>{0.5F, 0.25F}).sum() == 0.75);
    REQUIRE(context.parallelize(std::vector<double>{}).sum() == 0.0);
    REQUIRE(context.parallelize(std::vector<std::uint8_t>{200, 100}).sum() == 300);
  });
}

TEST_CASE("take computes no more partitions, and no more of them, than it needs") {
  static std::atomic<int> computed;
  auto& context = context_of("local[3]");
  const auto rows = context.range(0, 1000, 100).map([](std::int64_t x) {
    ++computed;
    return x;
  });
  computed = 0;
  REQUIRE(rows.first() == 0);
  REQUIRE(computed == 1);
  computed = 0;
  REQUIRE(rows.take(10).size() == 10);
  REQUIRE(computed == 10);  // the first partition, whole
  computed = 0;
  REQUIRE(rows.take(11).size() == 11);
  REQUIRE(computed <= 10 + 4);  // four more partitions, a row each
}

TEST_CASE("for_each calls the function for each element, where the tasks run") {
  static std::atomic<std::int64_t> total;
  total = 0;
  auto& context = context_of("local[3]");
  context.range(0, 100, 7).for_each([](std::int64_t x) { total += x; });
  REQUIRE(total == 4950);
  on_every_master([](Context& other) { other.range(0, 10).for_each([](std::int64_t) {}); });
}

TEST_CASE("empty partitions and empty Rdds have a count, a sum, and no first element") {
  on_every_master([](Context& context) {
    const auto none = context.range(0, 0);
    REQUIRE(none.count() == 0);
    REQUIRE(none.collect().empty());
    REQUIRE(none.take(3).empty());
    REQUIRE(none.sum() == 0);
    REQUIRE_THROWS_AS(none.first(), EmptyRddError);
    REQUIRE_THROWS_WITH(none.reduce(std::plus<>{}), contains_text("no elements"));
    REQUIRE(context.range(5, 3).count() == 0);
  });
}

TEST_CASE("show aligns columns, cuts long texts and says when there is more") {
  detail::ShownTable table({"name", "n"});
  detail::show_row(table, std::tuple(std::string(100, 'x'), 5, 0.5));
  detail::show_row(table, std::tuple(std::string("caf\xc3\xa9"), 123, -1.25));
  const auto text = table.text(true);
  REQUIRE(text ==
          "name                                                            n         _3\n"
          "------------------------------------------------------------  ---  ---------\n" +
              std::string(57, 'x') + "...    5   0.500000\n" + "caf\xc3\xa9" +
              std::string(56, ' ') + "  123  -1.250000\n(the first 2 rows)\n");
}

TEST_CASE("show writes pairs inside pairs, vectors and optionals so that one can read them") {
  detail::ShownTable table({});
  detail::show_row(
      table, std::pair(std::string("k"), std::pair(std::vector<int>{1, 2}, std::optional<int>{})));
  REQUIRE(table.text(false) == "_1  _2      _3\n--  ------  --\nk   [1, 2]  -\n");
}
