#include <atomic>
#include <cstdlib>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Scale {
  std::int64_t factor = 2;
  auto scaled(Context& context) const {
    return context.range(0, 10).map([this](std::int64_t x) { return x * factor; });
  }
};

}  // namespace

TEST_CASE(
    "a function that captures a reference or a pointer is refused, with the op and what to write") {
  on_every_master([](Context& context) {
    std::int64_t factor = 3;
    const auto numbers = context.range(0, 10);
    REQUIRE_THROWS_AS(numbers.map([&](std::int64_t x) { return x * factor; }), UsageError);
    REQUIRE_THROWS_WITH(
        numbers.map([&factor](std::int64_t x) { return x * factor; }),
        contains_text("map at bad_use_test.cpp:") && contains_text("Capture by value"));
    REQUIRE_THROWS_WITH(Scale{}.scaled(context), contains_text("[this]"));
    REQUIRE_THROWS_WITH(numbers.filter([at = &factor](std::int64_t x) { return x > *at; }),
                        contains_text("filter at"));
    REQUIRE_THROWS_WITH(
        numbers.reduce([&](std::int64_t a, std::int64_t b) { return a + b * factor; }),
        contains_text("reduce at"));
    const std::string owner = "a text that lies somewhere in this process";
    REQUIRE_THROWS_WITH(numbers.filter([view = std::string_view(owner)](std::int64_t x) {
      return x < static_cast<std::int64_t>(view.size());
    }),
                        contains_text("a view"));
  });
}

TEST_CASE("a captured literal has a text of its own") {
  const char* unit = "seconds";
  REQUIRE_THROWS_WITH(context_of("local[1]").range(0, 3).map([unit](std::int64_t x) {
    return std::to_string(x) + unit;
  }),
                      contains_text("constant of the program"));
}

TEST_CASE(
    "a user function that throws fails the job with its message, type, op, line, stage and "
    "partition") {
  on_every_master([](Context& context) {
    const auto numbers = context.range(0, 100, 10).map([](std::int64_t x) {
      if (x == 42) throw std::out_of_range("no such page: 42");
      return x;
    });
    try {
      numbers.sum();
      FAIL("the job should have failed");
    } catch (const JobError& error) {
      REQUIRE(error.failure().message == "no such page: 42");
      REQUIRE(error.failure().type == "std::out_of_range");
      REQUIRE(error.failure().op.find("map at bad_use_test.cpp:") == 0);
      REQUIRE(error.failure().partition == 4);
      REQUIRE(!error.failure().executor.empty());
      const std::string text = error.what();
      for (const auto* part : {"no such page: 42", "std::out_of_range",
                               "map at bad_use_test.cpp:", "partition 4", "stage"}) {
        INFO(text);
        REQUIRE(text.find(part) != text.npos);
      }
    }
    REQUIRE(numbers.take(5).size() == 5);  // what does not meet it goes on
    REQUIRE(context.range(0, 10).count() == 10);
  });
}

TEST_CASE("the function of reduce_by_key that throws is named on both sides of the shuffle") {
  on_every_master([](Context& context) {
    const auto pairs =
        context.range(0, 10, 2).map([](std::int64_t x) { return std::pair(x % 2, x); });
    const auto map_side = pairs.reduce_by_key([](std::int64_t, std::int64_t) -> std::int64_t {
      throw std::runtime_error("on the map side");
    });
    REQUIRE_THROWS_WITH(map_side.count(),
                        contains_text("reduce_by_key at") && contains_text("on the map side"));
    const auto merge_side = pairs.map([](std::int64_t, std::int64_t x) { return std::pair(0, x); })
                                .reduce_by_key([](std::int64_t a, std::int64_t b) -> std::int64_t {
                                  if (a + b == 45) throw std::runtime_error("on the reduce side");
                                  return a + b;
                                });
    REQUIRE_THROWS_WITH(merge_side.count(),
                        contains_text("reduce_by_key at") && contains_text("on the reduce side"));
  });
}

TEST_CASE("a failed job leaves other jobs of the context alone") {
  auto& context = context_of("local[3]");
  // Static: a task of the failed job may still wait for it when the test is over.
  static std::latch both(2);
  std::thread failing([&] {
    REQUIRE_THROWS_AS(context.range(0, 2, 2)
                          .map([](std::int64_t x) -> std::int64_t {
                            if (x == 0) both.arrive_and_wait();
                            throw std::runtime_error("fails");
                          })
                          .sum(),
                      JobError);
  });
  const auto sum = context.range(0, 100, 10)
                       .map([](std::int64_t x) {
                         if (x == 0) both.arrive_and_wait();
                         return x;
                       })
                       .sum();
  failing.join();
  REQUIRE(sum == 4950);
}

TEST_CASE("an action inside a transformation is an error that says so") {
  static Context* outer;
  auto& context = context_of("local[3]");
  outer = &context;
  const auto nested = context.range(0, 4, 2).map(
      [](std::int64_t x) { return x + static_cast<std::int64_t>(outer->range(0, 10).count()); });
  REQUIRE_THROWS_WITH(nested.sum(), contains_text("inside a function that runs in a task"));
}

TEST_CASE("a number of partitions below 1 is refused, with the op, its place and the number") {
  auto& context = context_of("local[1]");
  const auto line = std::to_string(__LINE__ + 1);
  REQUIRE_THROWS_WITH(context.range(0, 10, 0),
                      contains_text("range at bad_use_test.cpp:" + line + ": 0 partitions"));
  REQUIRE_THROWS_WITH(
      context.parallelize(std::vector<int>{1}, -3),
      contains_text("parallelize at bad_use_test.cpp:") && contains_text(": -3 partitions"));
  const auto pairs = context.range(0, 10).map([](std::int64_t x) { return std::pair(x, x); });
  REQUIRE_THROWS_WITH(pairs.reduce_by_key(std::plus<>{}, 0),
                      contains_text("reduce_by_key at bad_use_test.cpp:"));
  REQUIRE_THROWS_WITH(pairs.group_by_key(-1), contains_text("group_by_key at bad_use_test.cpp:"));
  REQUIRE_THROWS_WITH(pairs.join(pairs, 0), contains_text("join at bad_use_test.cpp:"));
  REQUIRE_THROWS_WITH(pairs.sort_by_key(SortOrder::ascending, 0),
                      contains_text("sort_by_key at bad_use_test.cpp:"));
}

TEST_CASE("an unknown master is refused, with what there is") {
  for (const auto* master : {"yarn", "local[", "local[x]", "spark://host:7077", ""}) {
    INFO(master);
    REQUIRE_THROWS_AS(Context(master), UsageError);
    REQUIRE_THROWS_WITH(Context(master), contains_text("local[N]"));
  }
  REQUIRE_THROWS_AS(Context("local[0]"), UsageError);
}

TEST_CASE("a file that does not exist is found when the Rdd is made") {
  auto& context = context_of("local[1]");
  REQUIRE_THROWS_AS(context.text_file("/no/such/file.txt"), InputError);
  REQUIRE_THROWS_WITH(context.text_file("/no/such/file.txt"), contains_text("/no/such/file.txt"));
  REQUIRE_THROWS_WITH(context.csv_file("/no/such/file.csv", column<int>("Year")),
                      contains_text("/no/such/file.csv"));
}

TEST_CASE("unpersist of an Rdd that keeps nothing is refused") {
  REQUIRE_THROWS_AS(context_of("local[1]").range(0, 3).unpersist(), UsageError);
}

TEST_CASE("a config option that does not exist, or cannot be, is refused") {
  Config config;
  REQUIRE_THROWS_WITH(config.set("kindred.mastre", "local"), contains_text("kindred.mastre"));
  REQUIRE_THROWS_WITH(config.set("kindred.memory", "much"), contains_text("512MiB"));
  config.set("kindred.memory", "3MiB");
  REQUIRE(config.memory == 3U << 20);
  std::string program = "p";
  std::string flag = "--kindred.master=local[7]";
  std::string own = "--own";
  char* argv[] = {program.data(), flag.data(), own.data(), nullptr};
  int argc = 3;
  REQUIRE(Config::from_args(argc, argv).master == "local[7]");
  REQUIRE(argc == 2);
  REQUIRE(argv[1] == own);
  REQUIRE(argv[2] == nullptr);
}

TEST_CASE("the environment names the master: KINDRED_MASTER, then KINDRED_CONF over it") {
  ::setenv("KINDRED_MASTER", "local[5]", 1);
  REQUIRE(Config::from_environment().master == "local[5]");
  ::setenv("KINDRED_CONF", "kindred.master=local[6] kindred.quiet=true", 1);
  const auto config = Config::from_environment();
  REQUIRE(config.master == "local[6]");
  REQUIRE(config.quiet);
  ::unsetenv("KINDRED_CONF");
  ::unsetenv("KINDRED_MASTER");
  REQUIRE(Config::from_environment().master == "local[*]");
}

TEST_CASE("Rdds of two contexts cannot be brought together") {
  Context other("local[1]");
  auto& context = context_of("local[1]");
  const auto pairs = [](Context& of) {
    return of.range(0, 10, 2)
        .map([](std::int64_t x) { return std::pair(x % 2, x); })
        .reduce_by_key(std::plus<>{});
  };
  REQUIRE_THROWS_WITH(
      pairs(context).union_with(pairs(other)),
      contains_text("union_with at bad_use_test.cpp:") && contains_text("two Contexts"));
  REQUIRE_THROWS_WITH(pairs(context).join(pairs(other)),
                      contains_text("join at bad_use_test.cpp:") && contains_text("two Contexts"));
}

namespace {

// A lazy range: its elements are computed, and may throw, as they are asked for.
struct Countdown {
  struct iterator {
    int left;
    int operator*() const {
      if (left == 2) throw std::runtime_error("no two");
      return left;
    }
    iterator& operator++() {
      --left;
      return *this;
    }
    friend bool operator==(const iterator&, const iterator&) = default;
  };
  int from;
  iterator begin() const { return {from}; }
  iterator end() const { return {0}; }
};

}  // namespace

TEST_CASE("what a lazy range throws comes from its flat_map, what a later op throws does not") {
  auto& context = context_of("local[3]");
  const auto counted = [&](int from) {
    return context.parallelize(std::vector<int>{from}).flat_map([](int x) { return Countdown{x}; });
  };
  REQUIRE(counted(1).count() == 1);
  REQUIRE_THROWS_WITH(counted(3).count(),
                      contains_text("in flat_map at") && contains_text("no two"));
  const auto later = counted(1).map([](int) -> int { throw std::runtime_error("later"); });
  REQUIRE_THROWS_WITH(later.count(), contains_text("in map at") && contains_text("later"));
}

TEST_CASE("a sort whose sample fails says so each time it is asked for") {
  on_every_master([](Context& context) {
    const auto sorted = context.range(0, 10, 2)
                            .map([](std::int64_t x) {
                              if (x == 7) throw std::runtime_error("bad row");
                              return std::pair(x, x);
                            })
                            .sort_by_key(SortOrder::ascending, 2);
    for (int i = 0; i < 2; ++i) REQUIRE_THROWS_WITH(sorted.count(), contains_text("bad row"));
  });
}
