#include <stdexcept>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("10,000 chained narrow ops run, are printed and are destroyed [scenario-41]",
          "[slow][scenario-41]") {
  on_every_master([](Context& context) {
    Rdd<std::int64_t> numbers = context.range(0, 1000, 2);
    for (int i = 0; i < 10'000; ++i) numbers = numbers.map([](std::int64_t x) { return x + 1; });
    REQUIRE(numbers.sum() == 999 * 1000 / 2 + 10'000 * 1000);
    const auto text = numbers.explain();
    REQUIRE(text.find("more") != text.npos);  // a person reads the ends of such a chain
    REQUIRE(text.size() < 5000);
  });
}

TEST_CASE("a chain deeper than a stage may be is refused with what to do, not a crash", "[slow]") {
  auto& context = context_of("local[1]");
  Rdd<std::int64_t> numbers = context.range(0, 10, 1);
  const auto deepen = [&] {
    for (int i = 0; i < 20'000; ++i) numbers = numbers.map([](std::int64_t x) { return x + 1; });
    return numbers.sum();
  };
  REQUIRE_THROWS_AS(deepen(), UsageError);
  REQUIRE_THROWS_WITH(deepen(), contains_text("narrow ops deep"));
}

TEST_CASE("200 chained shuffles run and are destroyed", "[slow]") {
  on_every_master([](Context& context) {
    Rdd<std::pair<std::int64_t, std::int64_t>> pairs =
        context.range(0, 20, 2).map([](std::int64_t x) { return std::pair(x, x); });
    for (int i = 0; i < 200; ++i) {
      pairs =
          pairs.map([](std::int64_t key, std::int64_t x) { return std::pair((key + 1) % 20, x); })
              .reduce_by_key(std::plus<>{});
    }
    REQUIRE(pairs.count() == 20);
    REQUIRE(pairs.map([](std::int64_t, std::int64_t x) { return x; }).sum() == 190);
  });
}

TEST_CASE("explain shows stages, tasks, ops with their lines, shuffles and what is kept") {
  auto& context = context_of("local[1]");
  const auto counts = context.parallelize(std::vector<std::string>{"a b", "b"}, 2)
                          .flat_map([](std::string_view line) { return split(line); })
                          .map([](std::string_view word) { return std::pair(word, 1); })
                          .reduce_by_key(std::plus<>{}, 3)
                          .persist()
                          .sort_by_key();
  const auto text = counts.explain();
  INFO(text);
  for (const auto* part : {"stage 2: 3 tasks, reads stage 1", "stage 1: 3 tasks, reads stage 0",
                           "stage 0: 2 tasks", "parallelize at lineage_test.cpp:", "flat_map at",
                           "map at", "reduce_by_key at", "kept in memory", "shuffle"}) {
    INFO(part);
    REQUIRE(text.find(part) != text.npos);
  }
  const auto dot = counts.lineage_dot();
  REQUIRE(dot.find("digraph") == 0);
  REQUIRE(dot.find("stage0 -> stage1") != dot.npos);
}

TEST_CASE(
    "named() puts a name on the last op, in explain and in errors, on threads and processes") {
  on_every_master([](Context& context) {
    const auto numbers = context.range(0, 4, 2).named("numbers");
    const auto sums = numbers.map([](std::int64_t x) { return std::pair(x % 2, x); })
                          .named("by parity")
                          .reduce_by_key([](std::int64_t a, std::int64_t b) {
                            if (a + b == 4) throw std::runtime_error("four");
                            return a + b;
                          })
                          .named("sums");
    const auto text = sums.explain();
    INFO(text);
    for (const auto* part :
         {"range 'numbers' at lineage_test.cpp:", "map 'by parity' at ",
          "-> shuffle for reduce_by_key 'sums' at ", "\n  reduce_by_key 'sums' at "}) {
      REQUIRE(text.find(part) != text.npos);
    }
    REQUIRE_THROWS_WITH(sums.collect(), contains_text("reduce_by_key 'sums' at lineage_test.cpp:"));
  });
}
