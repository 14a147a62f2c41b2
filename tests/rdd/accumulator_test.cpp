#include "kindred/rdd/accumulator.hpp"

#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/rdd/everywhere.hpp"

namespace kindred::test {
namespace {

Context context_with(const std::string& master, std::uint32_t max_task_failures) {
  Config config;
  config.master = master;
  config.max_task_failures = max_task_failures;
  return Context(config);
}

struct Stats {
  std::int64_t rows = 0;
  std::vector<std::string> texts;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(rows, texts);
  }
};
struct MergeStats {
  Stats operator()(Stats a, const Stats& b) const {
    a.rows += b.rows;
    a.texts.insert(a.texts.end(), b.texts.begin(), b.texts.end());
    return a;
  }
};

// What may not be in an executor: the process that the task runs in is the driver's in local mode.
bool in_executor_zero() { return current_task()->stores().self == ExecutorId{0}; }

template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

struct Latest {
  std::vector<std::int64_t> operator()(std::vector<std::int64_t>,
                                       const std::vector<std::int64_t>& b) const {
    if (b.empty()) throw std::domain_error("nothing is later");
    return b;
  }
};

TEST_CASE("what a merge replaced is released with it, and what failed to merge is too") {
  constexpr std::size_t kNumbers = 100'000;
  const auto bytes_of = [](std::size_t numbers) {
    std::string bytes;
    OutputArchive out(bytes);
    write_value(out, std::vector<std::int64_t>(numbers, 7));
    return bytes;
  };
  const auto memory = std::make_shared<MemoryManager>();
  detail::AccumulatorStates states;
  const AccumulatorId id{detail::new_shared_id()};
  states.add(std::make_shared<detail::AccumulatorOf<std::vector<std::int64_t>, Latest>>(
      id, OpLabel{"accumulator", "", "test.cpp", 1}, memory));
  for (int i = 0; i < 3; ++i) {
    states.merge(JobId{0}, {{id, bytes_of(kNumbers)}});
    CHECK(memory->used() >= kNumbers * sizeof(std::int64_t));
    CHECK(memory->used() < 2 * kNumbers * sizeof(std::int64_t));
  }
  CHECK_THROWS_AS(states.merge(JobId{0}, {{id, bytes_of(0)}}), JobError);
  CHECK(memory->used() < 2 * kNumbers * sizeof(std::int64_t));
}

TEST_CASE("an accumulator counts what each row adds, once for each job") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      std::int64_t odd = 0;
      for (const auto x : rows) odd += x % 2 != 0 ? 1 : 0;
      auto counted = context.accumulator<std::int64_t>("odd");
      const auto kept = context.parallelize(rows, partitions).filter([counted](std::int64_t x) {
        if (x % 2 != 0) counted.add(1);
        return x % 2 == 0;
      });
      REQUIRE(counted.value() == 0);
      REQUIRE(kept.count() + static_cast<std::uint64_t>(odd) == rows.size());
      REQUIRE(counted.value() == odd);
      REQUIRE(kept.count() + static_cast<std::uint64_t>(odd) == rows.size());
      REQUIRE(counted.value() == 2 * odd);
    }
  });
}

TEST_CASE("a user's type is merged by its combine, in the order of stages, partitions and rows") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::int64_t> rows{4, 1, 3, 9, 2, 6};
    auto stats = context.accumulator<Stats>("stats", MergeStats{});
    context.parallelize(rows, partitions)
        .map([stats](std::int64_t x) {
          stats.add({1, {"map " + text_of(x)}});
          return std::pair(x % 2, x);
        })
        .reduce_by_key(std::plus<>{}, 2)
        .for_each([stats](std::int64_t, std::int64_t) {
          stats += Stats{1, {"result"}};
        });
    std::vector<std::string> expected;
    for (const auto x : rows) expected.push_back("map " + text_of(x));
    expected.insert(expected.end(), 2, "result");
    const auto value = stats.value();
    REQUIRE(value.rows == 8);
    REQUIRE(value.texts == expected);
  });
}

TEST_CASE("a sum of doubles is the same to the last bit on every master") {
  std::optional<std::uint64_t> bits;
  on_every_master([&](Context& context) {
    for (int run = 0; run < 5; ++run) {
      auto sum = context.accumulator<double>("sum");
      context.range(0, 10'000, 7)
          .map([sum](std::int64_t x) {
            sum += 1.0 / static_cast<double>(x + 1);
            return std::pair(x % 100, x);
          })
          .reduce_by_key(std::plus<>{}, 7)
          .for_each([sum](std::int64_t key, std::int64_t) {
            sum += 1e-3 / static_cast<double>(key + 3);
          });
      const auto value = sum.value();
      std::uint64_t now = 0;
      std::memcpy(&now, &value, sizeof now);
      REQUIRE(bits.value_or(now) == now);
      bits = now;
    }
  });
}

TEST_CASE("a shuffle's map side counts once, however many jobs read it") {
  on_every_master([](Context& context) {
    auto rows = context.accumulator<std::int64_t>("rows");
    const auto sums = context.range(0, 100, 4)
                          .map([rows](std::int64_t x) {
                            rows += 1;
                            return std::pair(x % 10, x);
                          })
                          .reduce_by_key(std::plus<>{}, 3);
    for (int job = 0; job < 3; ++job) {
      REQUIRE(sums.count() == 10);
      REQUIRE(rows.value() == 100);
    }
  });
}

TEST_CASE("take counts what it saw of a partition, and no partition twice") {
  on_every_master([](Context& context) {
    auto seen = context.accumulator<std::int64_t>("seen");
    const auto rows = context.range(0, 100, 10).filter([seen](std::int64_t x) {
      seen += 1;
      return x >= 13;
    });
    REQUIRE(rows.take(3) == std::vector<std::int64_t>{13, 14, 15});
    // At most all partitions that take() asks for, the last of them in part.
    REQUIRE(seen.value() >= 16);
    REQUIRE(seen.value() <= 100);
  });
}

TEST_CASE("a task that fails and is tried again counts once", "[scenario-36]") {
  for (const auto* master : {"local[3]", "local-cluster[2,1,1024]"}) {
    const auto context = context_with(master, 3);
    auto rows = context.accumulator<std::int64_t>("rows");
    context.range(0, 100, 5).for_each([rows](std::int64_t x) {
      rows += 1;
      if (x % 20 == 19 && current_task()->attempt() < 2) throw std::runtime_error("not yet");
    });
    REQUIRE(rows.value() == 100);
  }
}

TEST_CASE("a job that fails counts the partitions that were done, and no others") {
  for (const auto* master : {"local[1]", "local-cluster[1,1,1024]"}) {
    const auto context = context_with(master, 1);
    auto rows = context.accumulator<std::int64_t>("rows");
    REQUIRE_THROWS_AS(context.range(0, 100, 5).for_each([rows](std::int64_t x) {
      rows += 1;
      if (x == 79) throw std::runtime_error("no 79 here");
    }),
                      JobError);
    // One thread takes the partitions in order: three are done, the fourth is not.
    REQUIRE(rows.value() == 60);
  }
}

TEST_CASE("an executor that is killed in the middle of a shuffle does not change what is counted",
          "[scenario-36]") {
  Context context("local-cluster[2,1,1024]");
  auto mapped = context.accumulator<std::int64_t>("mapped");
  auto reduced = context.accumulator<std::int64_t>("reduced");
  const auto sums = context.range(0, 1000, 8)
                        .map([mapped](std::int64_t x) {
                          mapped += 1;
                          return std::pair(x % 50, x);
                        })
                        .reduce_by_key(std::plus<>{}, 6);
  // The first executor has map outputs by then, which have to be computed again.
  const auto total = sums.map([reduced](std::int64_t, std::int64_t sum) {
                           reduced += 1;
                           if (in_executor_zero()) ::kill(::getpid(), SIGKILL);
                           return sum;
                         })
                         .sum();
  REQUIRE(total == 999 * 1000 / 2);
  REQUIRE(mapped.value() == 1000);
  REQUIRE(reduced.value() == 50);
  REQUIRE(sums.count() == 50);
  REQUIRE(mapped.value() == 1000);
}

TEST_CASE("map outputs that a later job has to compute again count no more", "[scenario-36]") {
  Context context("local-cluster[2,1,1024]");
  auto mapped = context.accumulator<std::int64_t>("mapped");
  const auto sums = context.range(0, 1000, 8)
                        .map([mapped](std::int64_t x) {
                          mapped += 1;
                          return std::pair(x % 50, x);
                        })
                        .reduce_by_key(std::plus<>{}, 6);
  REQUIRE(sums.count() == 50);
  REQUIRE(mapped.value() == 1000);
  const auto total = sums.map([](std::int64_t, std::int64_t sum) {
                           if (in_executor_zero()) ::kill(::getpid(), SIGKILL);
                           return sum;
                         })
                         .sum();
  REQUIRE(total == 999 * 1000 / 2);
  REQUIRE(mapped.value() == 1000);
}

TEST_CASE("an executor that is killed while it maps does not change what is counted",
          "[scenario-36]") {
  Context context("local-cluster[2,1,1024]");
  auto mapped = context.accumulator<std::int64_t>("mapped");
  const auto pairs = context.range(0, 1000, 8).map([mapped](std::int64_t x) {
    mapped += 1;
    if (x >= 500 && in_executor_zero()) ::kill(::getpid(), SIGKILL);
    return std::pair(x % 50, x);
  });
  REQUIRE(pairs.reduce_by_key(std::plus<>{}, 6).count() == 50);
  REQUIRE(mapped.value() == 1000);
}

TEST_CASE("partitions of a cache that was lost are computed again and count for no stage twice") {
  Context context("local-cluster[2,1,1024]");
  auto computed = context.accumulator<std::int64_t>("computed");
  const auto kept = context.range(0, 80, 8)
                        .map([computed](std::int64_t x) {
                          computed += 1;
                          return x;
                        })
                        .cache();
  REQUIRE(kept.count() == 80);
  REQUIRE(computed.value() == 80);
  REQUIRE(kept.count() == 80);
  REQUIRE(computed.value() == 80);
  REQUIRE(kept.map([](std::int64_t x) {
                if (in_executor_zero()) ::kill(::getpid(), SIGKILL);
                return x;
              })
              .sum() == 79 * 80 / 2);
  REQUIRE(computed.value() >= 80);
  REQUIRE(computed.value() <= 160);
}

struct Picky {
  std::int64_t operator()(std::int64_t a, std::int64_t b) const {
    if (a + b > 10) throw std::range_error("more than ten");
    return a + b;
  }
};

TEST_CASE("a combine that throws in the driver fails the job, merges nothing, and no more") {
  on_every_master([](Context& context) {
    auto few = context.accumulator<std::int64_t>("few", Picky{});
    auto all = context.accumulator<std::int64_t>("all");
    const auto add_fives = [&](int partitions) {
      context.range(0, partitions, partitions).for_each([few, all](std::int64_t) {
        few += 5;
        all += 1;
      });
    };
    add_fives(2);
    REQUIRE(few.value() == 10);
    const auto message = message_of([&] { add_fives(1); });
    REQUIRE_THAT(message, contains_text("accumulator 'few' at accumulator_test.cpp:"));
    REQUIRE_THAT(message, contains_text("more than ten"));
    REQUIRE(few.value() == 10);
    REQUIRE(all.value() == 2);
    REQUIRE(context.range(10).count() == 10);
  });
}

struct Unwritable {
  std::string text;
  void save(OutputArchive& archive) const {
    if (text == "bad") throw std::runtime_error("not this text");
    archive(text);
  }
  void load(InputArchive& archive) { archive(text); }
};

TEST_CASE("a value that cannot be written fails its job with the text, and others run") {
  on_every_master([](Context& context) {
    auto last =
        context.accumulator<Unwritable>("last", [](const Unwritable&, Unwritable b) { return b; });
    const auto add = [&](bool bad) {
      context.range(4).for_each([last, bad](std::int64_t) { last.add({bad ? "bad" : "good"}); });
    };
    REQUIRE_THAT(message_of([&] { add(true); }), contains_text("not this text"));
    REQUIRE(last.value().text.empty());
    add(false);
    REQUIRE(last.value().text == "good");
  });
}

TEST_CASE("a combine that throws in a task fails the job, even where the function goes on") {
  on_every_master([](Context& context) {
    auto few = context.accumulator<std::int64_t>("few", Picky{});
    REQUIRE_THAT(
        message_of([&] { context.range(0, 20, 2).for_each([few](std::int64_t x) { few += x; }); }),
        contains_text("more than ten"));
    const auto goes_on = [few](std::int64_t x) {
      try {
        few += x;
      } catch (const std::exception&) {
      }
    };
    REQUIRE_THAT(message_of([&] { context.range(0, 20, 2).for_each(goes_on); }),
                 contains_text("and the function went on"));
    REQUIRE(few.value() == 0);
  });
}

TEST_CASE("adding outside of a task, and reading inside of one, are errors that say so") {
  on_every_master([](Context& context) {
    auto bad = context.accumulator<std::int64_t>("bad rows");
    const auto outside = message_of([&] { bad.add(1); });
    REQUIRE_THAT(outside, contains_text("accumulator 'bad rows' at accumulator_test.cpp:"));
    REQUIRE_THAT(outside, contains_text("outside of a task"));
    REQUIRE_THAT(
        message_of([&] { context.range(10).for_each([bad](std::int64_t) { (void)bad.value(); }); }),
        contains_text("call it in the driver, after the action"));
    REQUIRE(bad.value() == 0);
  });
}

TEST_CASE("an accumulator of another Context, or of one that is gone, is an error that says so") {
  Context context("local[1]");
  std::optional<Context> other(std::in_place, "local[1]");
  auto bad = other->accumulator<std::int64_t>("bad rows");
  const auto rows = context.range(10).map([bad](std::int64_t x) {
    bad += 1;
    return x;
  });
  const auto message = message_of([&] { rows.count(); });
  REQUIRE_THAT(message, contains_text("accumulator 'bad rows'"));
  REQUIRE_THAT(message, contains_text("of another Context"));
  REQUIRE(bad.value() == 0);
  other.reset();
  REQUIRE_THAT(message_of([&] { (void)bad.value(); }), contains_text("is gone or never was"));
}

TEST_CASE("jobs of several threads lose no update") {
  Context context("local[3]");
  auto rows = context.accumulator<std::int64_t>("rows");
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int job = 0; job < 25; ++job) {
        context.range(0, 10, 3).for_each([rows](std::int64_t) { rows += 1; });
      }
    });
  }
  callers.clear();
  REQUIRE(rows.value() == 4 * 25 * 10);
}

TEST_CASE("a list that grows is asked for and given back with the task and the Context") {
  const auto memory = std::make_shared<MemoryManager>();
  {
    Config config;
    config.master = "local[1]";
    const Context context(config, memory);
    const auto append = [](std::vector<std::int64_t> a, const std::vector<std::int64_t>& b) {
      a.insert(a.end(), b.begin(), b.end());
      return a;
    };
    auto seen = context.accumulator<std::vector<std::int64_t>>("seen", append);
    context.range(0, 20'000, 2).for_each([seen](std::int64_t x) { seen.add({x}); });
    REQUIRE(seen.value().size() == 20'000);
    REQUIRE(memory->used() >= 20'000 * sizeof(std::int64_t));
    REQUIRE(memory->used() < 20'000 * sizeof(std::int64_t) * 4);
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace
}  // namespace kindred::test
