#include <stdexcept>
#include <string>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("map_partitions gives the elements of the range that the function makes of a partition") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto sums =
          context.parallelize(texts_of(rows), partitions).map_partitions([](auto& partition) {
            std::size_t bytes = 0;
            std::vector<std::string> words;
            partition.for_each([&](std::string_view text) {
              bytes += text.size();
              words.emplace_back(text);
            });
            words.push_back(std::to_string(bytes));
            return words;
          });
      const auto given = sums.collect();
      REQUIRE(given.size() == rows.size() + static_cast<std::size_t>(partitions));
      std::size_t bytes = 0;
      for (const auto& text : texts_of(rows)) bytes += text.size();
      if (partitions == 1) REQUIRE(given.back() == std::to_string(bytes));
    }
  });
}

TEST_CASE(
    "map_partitions with an emitter passes rows on one by one, and stops when no more are wanted") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      // Each row with the one before it in its partition.
      const auto pairs = context.parallelize(rows, partitions)
                             .map_partitions<std::pair<std::int64_t, std::int64_t>>(
                                 [](auto& partition, auto& emit) {
                                   std::int64_t before = 0;
                                   partition.for_each([&](std::int64_t x) {
                                     emit(std::pair(before, x));
                                     before = x;
                                   });
                                 });
      REQUIRE(pairs.values().collect() == rows);
      if (partitions == 1) {
        auto before = rows;
        if (!before.empty()) before.pop_back(), before.insert(before.begin(), 0);
        REQUIRE(pairs.keys().collect() == before);
      }
      REQUIRE(pairs.take(2).size() == std::min<std::size_t>(rows.size(), 2));
    }
    // An endless partition ends where take() has enough.
    const auto endless = context.range(0, 1, 1).map_partitions<std::int64_t>([](auto&, auto& emit) {
      for (std::int64_t i = 0; emit(i); ++i) {
      }
    });
    REQUIRE(endless.take(4) == std::vector<std::int64_t>{0, 1, 2, 3});
  });
}

TEST_CASE("map_partitions_with_index tells the partition's number") {
  everywhere([](Context& context, int partitions) {
    const auto numbered =
        context.range(0, 14, partitions)
            .map_partitions_with_index<std::pair<std::uint32_t, std::int64_t>>(
                [](std::uint32_t index, auto& rows, auto& emit) {
                  rows.for_each([&](std::int64_t x) { emit(std::pair(index, x)); });
                })
            .collect();
    REQUIRE(numbered.size() == 14);
    for (const auto& [index, x] : numbered) {
      REQUIRE(index == static_cast<std::uint32_t>(x * partitions / 14));
    }
    const auto numbers = context.range(0, 14, partitions)
                             .map_partitions_with_index([](std::uint32_t index, auto& rows) {
                               return std::vector<std::uint32_t>{index, rows.index()};
                             });
    std::vector<std::uint32_t> all;
    for (int i = 0; i < partitions; ++i) all.insert(all.end(), 2, static_cast<std::uint32_t>(i));
    REQUIRE(numbers.collect() == all);
  });
}

TEST_CASE("for_each stops where its function returns false, and may be called again") {
  everywhere([](Context& context, int partitions) {
    const auto heads = context.range(0, 14, partitions).map_partitions([](auto& rows) {
      std::vector<std::int64_t> seen;
      const bool all = rows.for_each([&](std::int64_t x) {
        seen.push_back(x);
        return seen.size() < 2;
      });
      rows.for_each([&](std::int64_t) { seen.push_back(all ? 1 : -1); });
      return seen;
    });
    const auto given = heads.collect();
    REQUIRE(given.size() == static_cast<std::size_t>(2 * partitions + 14));
    REQUIRE(given[0] == 0);
    REQUIRE(given[2] == -1);
  });
}

TEST_CASE("what an op before map_partitions throws is that op's, though the function catches it") {
  on_every_master([](Context& context) {
    const auto failing = context.range(0, 10, 2).map([](std::int64_t x) {
      if (x == 7) throw std::runtime_error("seven");
      return x;
    });
    const auto swallowed = failing.map_partitions([](auto& rows) {
      std::vector<std::int64_t> seen;
      try {
        rows.for_each([&](std::int64_t x) { seen.push_back(x); });
      } catch (...) {
      }
      return seen;
    });
    try {
      (void)swallowed.collect();
      FAIL("the job must fail");
    } catch (const JobError& error) {
      REQUIRE(error.failure().message == "seven");
      REQUIRE(error.failure().op.starts_with("map at partition_ops_test.cpp"));
    }
  });
}

TEST_CASE("what a function of map_partitions throws inside for_each is its own") {
  on_every_master([](Context& context) {
    const auto named = context.range(0, 10, 2)
                           .map_partitions<std::int64_t>([](auto& rows, auto& emit) {
                             rows.for_each([&](std::int64_t x) {
                               if (x == 7) throw std::runtime_error("seven");
                               emit(x);
                             });
                           })
                           .named("checked");
    try {
      (void)named.map([](std::int64_t x) { return x; }).count();
      FAIL("the job must fail");
    } catch (const JobError& error) {
      REQUIRE(error.failure().message == "seven");
      REQUIRE(error.failure().op.starts_with("map_partitions 'checked' at partition_ops_test.cpp"));
    }
    // Leaving for_each by an exception of its own is the function's affair.
    const auto firsts = context.range(0, 10, 2).map_partitions([](auto& rows) {
      std::vector<std::int64_t> seen;
      try {
        rows.for_each([&](std::int64_t x) {
          seen.push_back(x);
          throw 1;
        });
      } catch (int) {
      }
      return seen;
    });
    REQUIRE(firsts.collect() == std::vector<std::int64_t>{0, 5});
  });
}
