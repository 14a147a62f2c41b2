#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"
#include "tests/refusing_memory.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("fold and aggregate agree with a plain vector") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = context.parallelize(texts_of(rows), partitions);
      std::string all;
      for (const auto& text : texts_of(rows)) all += text;
      REQUIRE(texts.fold("", [](auto a, auto b) { return a + b; }) == all);
      REQUIRE(texts.aggregate(
                  std::size_t{0},
                  [](std::size_t size, std::string_view text) { return size + text.size(); },
                  std::plus<>{}) == all.size());
      const auto append = [](std::vector<std::string> a, const auto& b) {
        if constexpr (std::is_same_v<decltype(b), const std::vector<std::string>&>) {
          a.insert(a.end(), b.begin(), b.end());
        } else {
          a.emplace_back(b);
        }
        return a;
      };
      REQUIRE(texts.aggregate(std::vector<std::string>{}, append, append) == texts_of(rows));
    }
  });
}

TEST_CASE("fold and aggregate use zero once in each partition and once in the driver") {
  everywhere([](Context& context, int partitions) {
    const auto numbers = context.range(0, 10, partitions);
    REQUIRE(numbers.fold(100, std::plus<>{}) == 45 + 100 * (partitions + 1));
    const auto texts = numbers.map([](std::int64_t x) { return std::to_string(x); });
    const auto folded = texts.fold("<", [](std::string_view a, std::string_view b) {
      return std::string(a) + std::string(b);
    });
    REQUIRE(folded.starts_with("<<0"));
    REQUIRE(std::count(folded.begin(), folded.end(), '<') == partitions + 1);
    REQUIRE(context.range(0, 0, partitions).fold(5, std::multiplies<>{}) ==
            static_cast<std::int64_t>(std::pow(5, partitions + 1)));
  });
}

TEST_CASE("functions that merge may take their arguments in any way") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::string> texts{"one ", "two ", "three ", "four and more than a few"};
    std::string expected;
    for (const auto& text : texts) expected += text;
    const auto rows = context.parallelize(texts, partitions);
    REQUIRE(rows.reduce([](auto& a, auto& b) { return a + b; }) == expected);
    REQUIRE(rows.reduce([](std::string&& a, const std::string& b) { return std::move(a) + b; }) ==
            expected);
    REQUIRE(rows.fold("", [](const std::string& a, std::string_view b) {
      return a + std::string(b);
    }) == expected);
    const auto keyed = rows.key_by([](std::string_view) { return 1; });
    REQUIRE(keyed.reduce_by_key([](auto& a, auto& b) { return a + b; }).values().first() ==
            expected);
    const std::vector<short> shorts{1, 2, 3};
    REQUIRE(context.parallelize(shorts, partitions).reduce(std::plus<>{}) == 6);
  });
}

TEST_CASE("fold may give back one of its arguments") {
  on_every_master([](Context& context) {
    const auto texts = context.parallelize(texts_of({3, 6, 9, 12}), 2);
    REQUIRE(texts.fold("a zero that lies on the heap, being long",
                       [](const std::string& a, const std::string&) -> const std::string& {
                         return a;
                       }) == "a zero that lies on the heap, being long");
    REQUIRE(texts.fold("", [](const std::string&, const std::string& b) -> const std::string& {
      return b;
    }) == text_of(12));
  });
}

TEST_CASE("a function that throws inside a fold is named, in a task and in the driver") {
  on_every_master([](Context& context) {
    const auto fails = [](std::int64_t a, std::int64_t b) -> std::int64_t {
      if (b == 7) throw std::runtime_error("seven is refused");
      return a + b;
    };
    REQUIRE_THROWS_WITH(
        context.range(0, 10, 2).fold(0, fails),
        contains_text("seven is refused") && contains_text("fold at actions_fold_test.cpp"));
    REQUIRE_THROWS_WITH(context.parallelize(std::vector<std::int64_t>{3, 6, 1}, 2)
                            .aggregate(std::int64_t{0}, std::plus<>{}, fails),
                        contains_text("seven is refused") &&
                            contains_text("aggregate at actions_fold_test.cpp") &&
                            contains_text("while the driver merged"));
  });
}

TEST_CASE("mean agrees with a plain vector, and names the line where there is nothing") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto numbers = context.parallelize(rows, partitions);
      if (rows.empty()) {
        REQUIRE_THROWS_AS(numbers.mean(), EmptyRddError);
        REQUIRE_THROWS_WITH(numbers.mean(), contains_text("mean at actions_fold_test.cpp"));
        continue;
      }
      const auto total = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
      REQUIRE(numbers.mean() == static_cast<double>(total) / static_cast<double>(rows.size()));
    }
  });
}

TEST_CASE("mean of great integers does not wrap around, and NaN is not lost") {
  on_every_master([](Context& context) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
    REQUIRE(context.parallelize(std::vector<std::int64_t>(4, kMost), 2).mean() ==
            static_cast<double>(kMost));
    REQUIRE(context.parallelize(std::vector<std::int64_t>{kLeast, kLeast}, 2).mean() ==
            static_cast<double>(kLeast));
    REQUIRE(context.parallelize(std::vector<float>{0.5F, 1.0F}, 2).mean() == 0.75);
    REQUIRE(std::isnan(context.parallelize(std::vector<double>{1, std::nan("")}, 2).mean()));
  });
}

TEST_CASE("what an aggregation grows to is asked for, and given back") {
  const auto requests = refuse_each_request([](const MemoryRef& memory) {
    Config config;
    config.master = "local[1]";
    Context context(config, memory);
    try {
      const auto all = context.range(0, 1000, 1)
                           .aggregate(
                               std::vector<std::int64_t>{},
                               [](std::vector<std::int64_t> rows, std::int64_t x) {
                                 rows.push_back(x);
                                 return rows;
                               },
                               [](std::vector<std::int64_t> a, const std::vector<std::int64_t>& b) {
                                 a.insert(a.end(), b.begin(), b.end());
                                 return a;
                               });
      REQUIRE(all.size() == 1000);
    } catch (const JobError& error) {
      throw OutOfMemoryError(error.what());
    }
  });
  REQUIRE(requests > 3);
}
