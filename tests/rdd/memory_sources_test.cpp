#include "kindred/rdd/memory_sources.hpp"

#include <array>
#include <limits>
#include <list>
#include <map>
#include <span>

#include "kindred/engine/error.hpp"
#include "tests/rdd/everywhere.hpp"
#include "tests/rdd/source_node.hpp"
#include "tests/rdd/source_testing.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
constexpr auto kMost = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> model_range(std::int64_t begin, std::int64_t end, std::int64_t step) {
  std::vector<std::int64_t> numbers;
  for (__int128 x = begin; step > 0 ? x < end : x > end; x += step) {
    numbers.push_back(static_cast<std::int64_t>(x));
  }
  return numbers;
}

struct Gather {
  std::vector<std::int64_t>* numbers;
  bool operator()(std::int64_t x) {
    numbers->push_back(x);
    return true;
  }
};

}  // namespace

TEST_CASE("a range with a step has the numbers of a loop, up to the borders of 64 bits") {
  struct Case {
    std::int64_t begin, end, step;
  };
  const std::vector<Case> cases = {{0, 10, 1},
                                   {0, 10, 3},
                                   {0, 9, 3},
                                   {10, 0, -1},
                                   {10, 0, -3},
                                   {9, 0, -3},
                                   {0, 0, 1},
                                   {0, 0, -1},
                                   {5, 0, 1},
                                   {0, 5, -1},
                                   {kMost - 5, kMost, 2},
                                   {kLeast + 5, kLeast, -2},
                                   {kLeast, kMost, kMost / 3},
                                   {kMost, kLeast, kLeast / 3},
                                   {kLeast, kMost, kMost},
                                   {kMost, kLeast, kLeast},
                                   {kLeast, kMost, kMost / 100},
                                   {kMost - 1, kMost, kMost}};
  for (const auto& [begin, end, step] : cases) {
    CAPTURE(begin, end, step);
    auto source = detail::SteppedRange::between(begin, end, step, nullptr);
    for (std::uint32_t partitions : {1U, 2U, 7U, 300U}) {
      source.partitions = partitions;
      std::vector<std::int64_t> numbers;
      for (std::uint32_t i = 0; i < partitions; ++i) {
        run_partition(source, i, Gather{&numbers});
      }
      REQUIRE(numbers == model_range(begin, end, step));
    }
  }
  const auto all = detail::SteppedRange::between(kLeast, kMost, 1, nullptr);
  REQUIRE(all.size == ~std::uint64_t{0});
}

TEST_CASE("ranges are the same on every master, and a sink that has enough ends them") {
  everywhere([](Context& context, int partitions) {
    REQUIRE(context.range(10, 0, -3, partitions).collect() ==
            std::vector<std::int64_t>{10, 7, 4, 1});
    REQUIRE(context.range(0, 10, 1, partitions).partitions() ==
            static_cast<std::uint32_t>(partitions));
    REQUIRE(context.range(0, kMost, 7, partitions).take(3) == std::vector<std::int64_t>{0, 7, 14});
  });
  auto& context = context_of("local[3]");
  REQUIRE(context.range(5).collect() == std::vector<std::int64_t>{0, 1, 2, 3, 4});
  REQUIRE(context.range(-5).count() == 0);
  REQUIRE(context.range(kLeast, kLeast + 2, 2).collect() ==
          std::vector<std::int64_t>{kLeast, kLeast + 1});
  REQUIRE(context.range(0, 3'000'000, 1, 2).sum() == 4'499'998'500'000);
  REQUIRE_THROWS_AS(context.range(0, 10, 0, 2), UsageError);
  REQUIRE_THROWS_WITH(
      context.range(0, 10, 0, 2),
      contains_text("range at memory_sources_test.cpp:") && contains_text("the step is 0"));
}

TEST_CASE("parallelize takes lists, arrays, maps and views, and owns what it is given") {
  on_every_master([](Context& context) {
    REQUIRE(context.parallelize({3, 1, 2}, 2).collect() == std::vector{3, 1, 2});
    REQUIRE(context.parallelize({"to", "be"}).collect() == std::vector<std::string>{"to", "be"});
    const int array[] = {1, 2, 3};
    REQUIRE(context.parallelize(std::span(array).first(2), 2).collect() == std::vector{1, 2});
    REQUIRE(context.parallelize(array).collect() == std::vector{1, 2, 3});
    const std::map<std::string, int> map{{"b", 2}, {"a", 1}};
    REQUIRE(context.parallelize(map, 2).collect() ==
            std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}});
    std::vector<std::string_view> views;
    std::string text = "a text that changes later";
    views.push_back(text);
    const auto rows = context.parallelize(views);
    text = "something else";
    REQUIRE(rows.collect() == std::vector<std::string>{"a text that changes later"});
    REQUIRE(context.parallelize(std::list<std::string>{}).count() == 0);
  });
}

TEST_CASE("a vector that is moved into parallelize is not copied") {
  std::vector<std::int64_t> rows(1000, 1);
  const auto* const where = rows.data();
  const auto rdd = context_of("local[1]").parallelize(std::move(rows), 2);
  REQUIRE(rdd.pipeline().rows->data() == where);
}

TEST_CASE("union_of gives the elements of each Rdd in turn, partition by partition") {
  everywhere([](Context& context, int partitions) {
    const Rdd<std::int64_t> ones = context.range(0, 3, partitions);
    const Rdd<std::int64_t> none = context.empty<std::int64_t>();
    const auto all = context.union_of({none, ones, ones, none, ones});
    REQUIRE(all.partitions() == 3 * ones.partitions());
    REQUIRE(all.collect() == std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2});
    const auto chain = context.range(7, 9).map([](std::int64_t x) { return x; });
    REQUIRE(context.union_of<std::int64_t>({ones, chain, none}).collect() ==
            std::vector<std::int64_t>{0, 1, 2, 7, 8});
    REQUIRE(context.union_of(std::vector{chain, chain}).collect() ==
            std::vector<std::int64_t>{7, 8, 7, 8});
    REQUIRE(context.union_of(std::vector<Rdd<std::int64_t>>{}).count() == 0);
    const auto kept = context.union_of({ones, all}).persist();
    REQUIRE(kept.count() == 12);
    REQUIRE(kept.take(4) == std::vector<std::int64_t>{0, 1, 2, 0});
  });
  auto& context = context_of("local[1]");
  const auto other = context_of("local[3]").range(3);
  REQUIRE_THROWS_AS(context.union_of({other, other}), UsageError);
  REQUIRE_THROWS_WITH(
      context.union_of({other}),
      contains_text("union_of at memory_sources_test.cpp:") && contains_text("two Contexts"));
}

TEST_CASE("a thousand Rdds are one union, not a thousand") {
  auto& context = context_of("local[3]");
  std::vector<Rdd<std::int64_t>> days;
  for (int day = 0; day < 1000; ++day) days.emplace_back(context.range(day, day + 1, 1));
  REQUIRE(context.union_of(days).sum() == 499'500);
}

TEST_CASE("a source cannot have less than one partition: the error names it and the number") {
  const TemporaryFolder folder;
  const auto path = folder.write("a.csv", "a\n1\n");
  auto& context = context_of("local[1]");
  for (const int partitions : {0, -3}) {
    const auto fails = [&](const std::string& op, const auto& make) {
      CAPTURE(op);
      REQUIRE_THROWS_AS(make(), UsageError);
      REQUIRE_THROWS_WITH(make(),
                          contains_text(op + " at memory_sources_test.cpp:") &&
                              contains_text(": " + std::to_string(partitions) +
                                            " partitions were asked for; at least 1 is needed "
                                            "(leave the number out"));
    };
    fails("range", [&] { return context.range(0, 10, partitions); });
    fails("range", [&] { return context.range(0, 10, 2, partitions); });
    fails("parallelize", [&] { return context.parallelize({1, 2}, partitions); });
    fails("text_file", [&] { return context.text_file(path, partitions); });
    CsvOptions options;
    options.partitions = partitions;
    fails("csv_file", [&] { return context.csv_file(path, options, column<int>("a")); });
  }
}
