#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/rdd/everywhere.hpp"
#include "tests/rdd/source_testing.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("for_each_partition sees each partition once, with its number and rows in order") {
  static std::array<std::atomic<std::uint64_t>, 7> sums;
  static std::atomic<int> calls;
  for (const std::string master : {"local[1]", "local[3]"}) {
    for (const int partitions : {1, 2, 7}) {
      for (const auto& rows : model_rows()) {
        for (auto& sum : sums) sum = 0;
        calls = 0;
        context_of(master).parallelize(rows, partitions).for_each_partition([](auto& partition) {
          ++calls;
          // So that the order matters.
          std::uint64_t sum = 0;
          const bool ended = partition.for_each(
              [&](std::int64_t x) { sum = sum * 31 + static_cast<std::uint64_t>(x); });
          if (ended) sums.at(partition.index()) = sum;
        });
        REQUIRE(calls == partitions);
        for (int i = 0; i < partitions; ++i) {
          std::uint64_t sum = 0;
          const auto size = static_cast<std::int64_t>(rows.size());
          for (auto at = size * i / partitions; at < size * (i + 1) / partitions; ++at) {
            sum = sum * 31 + static_cast<std::uint64_t>(rows[static_cast<std::size_t>(at)]);
          }
          REQUIRE(sums.at(static_cast<std::size_t>(i)) == sum);
        }
      }
    }
  }
}

TEST_CASE("the function of a partition may stop early, begin again, and take parts of rows") {
  on_every_master([](Context& context) {
    // What is wrong is thrown, since executors share no variables with this test.
    context.range(0, 10, 1)
        .map([](std::int64_t x) { return std::pair(std::to_string(x), x); })
        .for_each_partition([](auto& partition) {
          int seen = 0;
          const bool ended = partition.for_each([&](auto& key, std::int64_t x) {
            ++seen;
            return key == "0" || x < 3;
          });
          if (ended || seen != 4) throw std::runtime_error("it did not stop at the fourth row");
          if (!partition.for_each([&, n = 0](const auto&) mutable { seen = ++n; }) || seen != 10) {
            throw std::runtime_error("it did not begin again");
          }
        });
  });
}

TEST_CASE("what the function of a partition throws is named, in its loop and outside of it") {
  on_every_master([](Context& context) {
    const auto numbers = context.range(0, 10, 2);
    REQUIRE_THROWS_WITH(
        numbers.for_each_partition([](auto& partition) {
          partition.for_each([](std::int64_t) { throw std::runtime_error("inside"); });
        }),
        contains_text("inside") && contains_text("for_each_partition at actions_partition_test"));
    REQUIRE_THROWS_WITH(
        numbers.for_each_partition([](auto&) { throw std::runtime_error("outside"); }),
        contains_text("outside") && contains_text("for_each_partition at actions_partition_test"));
    // One that it catches itself ends no job.
    numbers.for_each_partition([](auto& partition) {
      try {
        partition.for_each([](std::int64_t) { throw std::runtime_error("caught"); });
      } catch (const std::runtime_error&) {
      }
    });
  });
}

TEST_CASE("a catch in the function of a partition does not hide the failure of an op before it") {
  on_every_master([](Context& context) {
    const auto fails = context.range(0, 10, 2).map([](std::int64_t x) {
      if (x == 7) throw std::runtime_error("seven is refused");
      return x;
    });
    REQUIRE_THROWS_WITH(
        fails.for_each_partition([](auto& partition) {
          try {
            partition.for_each([](std::int64_t) {});
          } catch (...) {
          }
        }),
        contains_text("seven is refused") && contains_text("map at actions_partition_test"));
    REQUIRE_THROWS_WITH(fails.for_each_partition([](auto& partition) {
      try {
        partition.for_each([](std::int64_t) {});
      } catch (...) {
        throw std::runtime_error("another text");
      }
    }),
                        contains_text("seven is refused"));
  });
}

TEST_CASE("a catch in the function of a partition does not hide a lost map output") {
  const TemporaryFolder folder;
  Context context("local-cluster[2,1,1024]");
  context.range(0, 1000, 4)
      .map([](std::int64_t x) { return std::pair(x % 8, x); })
      .group_by_key(8)
      .for_each_partition(capture(folder.path(), [](const std::string& path, auto& partition) {
        const int killed = ::open((path + "/killed").c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (killed >= 0) ::kill(::getpid(), SIGKILL);  // its map outputs go with it
        std::size_t rows = 0;
        try {
          partition.for_each(
              [&](std::int64_t, std::span<const std::int64_t> values) { rows += values.size(); });
        } catch (...) {
        }
        std::ofstream(path + "/rows-" + std::to_string(partition.index())) << rows;
      }));
  std::size_t rows = 0;
  for (int i = 0; i < 8; ++i) {
    std::size_t counted = 0;
    REQUIRE(std::ifstream(folder.path() + "/rows-" + std::to_string(i)) >> counted);
    rows += counted;
  }
  REQUIRE(rows == 1000);
}

TEST_CASE("for_each_partition runs over an Rdd<T> and over persisted rows") {
  everywhere([](Context& context, int partitions) {
    const Rdd<std::string> texts = context.parallelize(texts_of(model_rows().back()), partitions);
    const auto check =
        capture(texts.collect(), [](const std::vector<std::string>& all, auto& partition) {
          partition.for_each([&](std::string_view text) {
            if (std::find(all.begin(), all.end(), text) == all.end())
              throw std::runtime_error("lost");
          });
        });
    texts.for_each_partition(check);
    texts.persist().for_each_partition(check);
  });
}

TEST_CASE("is_empty agrees with count, and stops at the first element") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto numbers = context.parallelize(rows, partitions);
      REQUIRE(numbers.is_empty() == rows.empty());
      REQUIRE(numbers.filter([](std::int64_t x) { return x > 1000; }).is_empty());
    }
  });
  static std::atomic<int> computed;
  computed = 0;
  REQUIRE(!context_of("local[3]")
               .range(0, 1000, 10)
               .filter([](std::int64_t) {
                 ++computed;
                 return true;
               })
               .is_empty());
  REQUIRE(computed == 1);
}

TEST_CASE("first and reduce of nothing name the action and its line") {
  on_every_master([](Context& context) {
    const auto none = context.range(0, 0, 3);
    REQUIRE_THROWS_AS(none.reduce(std::plus<>{}), EmptyRddError);
    REQUIRE_THROWS_WITH(none.first(), contains_text("first at actions_partition_test.cpp:"));
    REQUIRE_THROWS_WITH(none.reduce(std::plus<>{}),
                        contains_text("reduce at actions_partition_test.cpp:"));
  });
}
