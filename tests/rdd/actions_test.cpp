#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Shown {
  int value = 0;
  friend std::ostream& operator<<(std::ostream& out, const Shown& shown) {
    return out << "seven: " << shown.value;
  }
};
struct Called {
  friend std::string to_string(const Called&) { return "by name"; }
};

}  // namespace

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

TEST_CASE("show counts and cuts texts by characters, whatever their number of bytes") {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const std::string character : {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    INFO(character);
    detail::ShownTable table({character + "|", "n"});
    detail::show_row(table, std::pair(repeated(character, 60), 1));
    detail::show_row(table, std::pair(repeated(character, 61), 22));
    detail::show_row(table, std::pair(character, 333));
    const std::string spaces(59, ' ');
    REQUIRE(table.text(false) == character + "|" + spaces.substr(1) + "    n\n" +
                                     std::string(60, '-') + "  ---\n" + repeated(character, 60) +
                                     "    1\n" + repeated(character, 57) + "...   22\n" +
                                     character + spaces + "  333\n");
  }
}

TEST_CASE("show keeps each row on one line, and pads rows with fewer columns") {
  detail::ShownTable table({});
  table.add({{detail::shown(std::string_view("a\nb\r\tc")), false}});
  table.add({{"1", true}, {"2", true}});
  REQUIRE(table.text(false) == "_1      _2\n------  --\na b  c\n1        2\n");
}

TEST_CASE("show writes types of users by their operator<< or to_string, inside others too") {
  detail::ShownTable table({});
  detail::show_row(table, std::pair(Shown{7}, std::vector<Called>(2)));
  REQUIRE(table.text(false) ==
          "_1        _2\n--------  ------------------\nseven: 7  [by name, by name]\n");
}

TEST_CASE("show writes maps, sets and variants so that one can read them") {
  using Either = std::variant<std::monostate, int, std::string>;
  detail::ShownTable table({"map", "set", "either"});
  const std::map<std::string, std::pair<int, bool>> map{{"a", {1, true}}, {"b", {2, false}}};
  detail::show_row(table, std::tuple(map, std::set<int>{3, 1}, Either("text")));
  detail::show_row(table, std::tuple(decltype(map){}, std::set<int>{}, Either(5)));
  detail::show_row(table, std::tuple(decltype(map){}, std::set<int>{}, Either()));
  REQUIRE(table.text(false) ==
          "map                                set     either\n"
          "---------------------------------  ------  ------\n"
          "[(a, (1, true)), (b, (2, false))]  [1, 3]  text\n"
          "[]                                 []      5\n"
          "[]                                 []      -\n");
}

TEST_CASE("generic lambdas on texts are given what they can be compiled for") {
  everywhere([](Context& context, int partitions) {
    const auto texts = context.parallelize(std::vector<std::string>{"ab", "c", "def"}, partitions);
    REQUIRE(texts.reduce([](auto a, auto b) { return a + b; }) == "abcdef");
    REQUIRE(texts.reduce([](std::string_view a, std::string_view b) {
      return a.size() > b.size() ? a : b;
    }) == "def");
    REQUIRE(texts
                .map([](auto text) {
                  text.remove_prefix(1);
                  return text.size();
                })
                .sum() == 3);
    const auto joined =
        texts.map([](std::string_view text) { return std::pair(text.size() % 2, text); })
            .reduce_by_key([](auto a, auto b) { return a + b; });
    REQUIRE(joined.map([](auto, auto text) { return text.size(); }).sum() == 6);
  });
}

TEST_CASE("range reaches both ends of 64 bits") {
  auto& context = context_of("local[3]");
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  REQUIRE(context.range(kMost - 5, kMost, 3).collect() ==
          std::vector<std::int64_t>{kMost - 5, kMost - 4, kMost - 3, kMost - 2, kMost - 1});
  REQUIRE(context.range(kLeast, kLeast + 2).count() == 2);
  REQUIRE(context.range(kLeast, kMost, 3).take(2) == std::vector<std::int64_t>{kLeast, kLeast + 1});
}

TEST_CASE("show takes any number of rows, and truth values") {
  auto& context = context_of("local[1]");
  context.range(0, 2).map([](std::int64_t x) { return x == 0; }).show(~std::size_t{0});
  detail::ShownTable table({});
  detail::show_row(table, true);
  REQUIRE(table.text(false) == "value\n-----\ntrue\n");
}
