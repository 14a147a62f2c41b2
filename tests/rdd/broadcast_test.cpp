#include "kindred/rdd/broadcast.hpp"

#include <atomic>
#include <csignal>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <unistd.h>

#include "tests/catch.hpp"
#include "tests/rdd/everywhere.hpp"

namespace kindred::test {
namespace {

// Counts how often it was read from bytes in this process.
struct Counted {
  std::string text;
  static inline std::atomic<std::int64_t> reads = 0;
  template <class Archive>
  void save(Archive& archive) const {
    archive(text);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(text);
    ++reads;
  }
};

template <class F>
std::string message_of(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// How often each executor has read a Counted, over many tasks.
std::map<std::uint64_t, std::int64_t> reads_of(const Context& context,
                                               const Broadcast<Counted>& shared) {
  std::map<std::uint64_t, std::int64_t> reads;
  const auto rows = context.range(0, 64, 32)
                        .map([shared](std::int64_t) {
                          if (shared->text != "shared") throw std::runtime_error("another text");
                          const auto executor = current_task()->stores().self.value;
                          return std::pair(executor, Counted::reads.load());
                        })
                        .collect();
  for (const auto& [executor, count] : rows) reads[executor] = std::max(reads[executor], count);
  return reads;
}

TEST_CASE("tasks read what was broadcast, whatever its type") {
  everywhere([](Context& context, int partitions) {
    const std::map<std::int64_t, std::string> names{{0, "zero"}, {1, "one"}, {2, "two"}};
    auto table = context.broadcast(names);
    auto factor = context.broadcast(std::int64_t{10});
    auto texts = context.broadcast(std::vector<std::string>{"a", "b", "c"});
    const auto rows = context.range(0, 30, partitions)
                          .map([table, factor, texts](std::int64_t x) {
                            return table->at(x % 3) + std::to_string(*factor * x) +
                                   texts.value()[static_cast<std::size_t>(x % 3)];
                          })
                          .collect();
    REQUIRE(rows.size() == 30);
    for (std::int64_t x = 0; x < 30; ++x) {
      const auto i = static_cast<std::size_t>(x % 3);
      REQUIRE(rows[static_cast<std::size_t>(x)] ==
              names.at(x % 3) + std::to_string(10 * x) + texts.value()[i]);
    }
  });
}

TEST_CASE("a broadcast is the driver's own object on threads, and no copy of it") {
  Context context("local[3]");
  const auto reads = Counted::reads.load();
  auto shared = context.broadcast(Counted{"shared"});
  const auto* const mine = &shared.value();
  const auto same =
      context.range(0, 60, 6)
          .filter([shared, at = reinterpret_cast<std::uintptr_t>(mine) ^ ~0ULL](auto) {
            return reinterpret_cast<std::uintptr_t>(&*shared) == (at ^ ~0ULL);
          })
          .count();
  REQUIRE(same == 60);
  REQUIRE(Counted::reads == reads);
}

TEST_CASE("an executor decodes a broadcast once, however many of its tasks ask at once",
          "[scenario-39]") {
  Context context("local-cluster[2,3,1024]");
  auto shared = context.broadcast(Counted{"shared"});
  for (int job = 0; job < 2; ++job) {
    for (const auto& [executor, count] : reads_of(context, shared)) REQUIRE(count == 1);
  }
}

TEST_CASE("a broadcast that was unpersisted is fetched again when it is used") {
  Context context("local-cluster[1,2,1024]");
  auto shared = context.broadcast(Counted{"shared"});
  for (std::int64_t times = 1; times <= 3; ++times) {
    REQUIRE(reads_of(context, shared) == std::map<std::uint64_t, std::int64_t>{{0, times}});
    shared.unpersist();
  }
}

TEST_CASE("an executor that is killed after it fetched does not change the answer",
          "[scenario-39]") {
  Context context("local-cluster[2,1,1024]");
  auto shared = context.broadcast(Counted{"shared"});
  const auto letters = context.range(0, 40, 8)
                           .map([shared](std::int64_t x) {
                             const auto size = static_cast<std::int64_t>(shared->text.size());
                             const bool first = current_task()->stores().self == ExecutorId{0};
                             if (first && x % 5 == 4) ::kill(::getpid(), SIGKILL);
                             return size;
                           })
                           .sum();
  REQUIRE(letters == 40 * 6);
  for (const auto& [executor, count] : reads_of(context, shared)) REQUIRE(count == 1);
}

TEST_CASE("handles go through capture() too, beside what cannot travel without it") {
  on_every_master([](Context& context) {
    auto table = context.broadcast(std::map<std::int64_t, std::string>{{1, "one"}});
    auto found = context.accumulator<std::int64_t>("found");
    const auto rows = context.range(0, 3, 2)
                          .map(capture(std::string("number "), table, found,
                                       [](const std::string& prefix, const auto& names,
                                          const auto& count, std::int64_t x) {
                                         count += std::int64_t(names->count(x));
                                         return prefix + (names->contains(x) ? names->at(x) : "?");
                                       }))
                          .collect();
    REQUIRE(rows == std::vector<std::string>{"number ?", "number one", "number ?"});
    REQUIRE(found.value() == 1);
  });
}

// Takes down the first executor while it decodes.
struct Deadly {
  std::string text;
  template <class Archive>
  void save(Archive& archive) const {
    archive(text);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(text);
    if (current_task()->stores().self == ExecutorId{0}) ::kill(::getpid(), SIGKILL);
  }
};

TEST_CASE("an executor that dies while it fetches does not change the answer", "[scenario-39]") {
  Context context("local-cluster[3,1,1024]");
  const std::size_t size = 3 * kBroadcastPieceBytes;
  auto shared = context.broadcast(Deadly{std::string(size, 'x')});
  const auto right =
      context.range(0, 12, 12)
          .filter([shared, size](std::int64_t) { return shared->text.size() == size; })
          .count();
  REQUIRE(right == 12);
}

struct Picky {
  std::string text;
  void save(OutputArchive& archive) const {
    if (text == "unwritable") throw std::runtime_error("not this text");
    archive(text);
  }
  void load(InputArchive& archive) {
    archive(text);
    if (text == "unreadable") throw std::runtime_error("nor that one");
  }
};

TEST_CASE("a broadcast that cannot be written or read fails the job and no executor") {
  Context context("local-cluster[1,1,1024]");
  const auto use = [&](const std::string& text) {
    auto shared = context.broadcast(Picky{text});
    return message_of([&] {
      const auto size =
          context.range(4).map([shared](std::int64_t) { return shared->text.size(); }).sum();
      REQUIRE(size == 4 * text.size());
    });
  };
  REQUIRE_THAT(use("unwritable"), contains_text("not this text"));
  REQUIRE_THAT(use("unreadable"), contains_text("nor that one"));
  REQUIRE(use("text") == "no error");
}

TEST_CASE("a broadcast of 20 MiB reaches three executors whole") {
  Context context("local-cluster[3,1,1024]");
  std::vector<std::uint64_t> numbers((std::size_t{20} << 20) / sizeof(std::uint64_t) + 3);
  std::uint64_t state = 1;
  for (auto& number : numbers) number = state = state * 6364136223846793005ULL + 1;
  const auto total = std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
  auto shared = context.broadcast(std::move(numbers));
  for (int job = 0; job < 2; ++job) {
    const auto right =
        context.range(0, 12, 12)
            .filter([shared, total](std::int64_t) {
              return std::accumulate(shared->begin(), shared->end(), std::uint64_t{0}) == total;
            })
            .count();
    REQUIRE(right == 12);
    shared.unpersist();
  }
}

TEST_CASE("a broadcast that is used after its destroy is an error that names both places",
          "[scenario-39]") {
  on_every_master([](Context& context) {
    auto shared = context.broadcast(std::string("text"));
    const auto use = [&] {
      return context.range(0, 4, 2)
          .map([shared](std::int64_t) { return std::int64_t(shared->size()); })
          .sum();
    };
    REQUIRE(use() == 16);
    shared.destroy();
    shared.destroy();
    for (const auto& message : {message_of(use), message_of([&] { (void)shared.value(); }),
                                message_of([&] { shared.unpersist(); })}) {
      REQUIRE_THAT(message, contains_text("broadcast at broadcast_test.cpp:"));
      REQUIRE_THAT(message, contains_text("was used after its destroy at broadcast_test.cpp:"));
    }
    REQUIRE_THAT(message_of(use), contains_text("map at broadcast_test.cpp:"));
  });
}

TEST_CASE("tasks that destroy, and handles whose Context is gone or another, get clear errors") {
  on_every_master([](Context& context) {
    auto shared = context.broadcast(std::string("text"));
    REQUIRE_THAT(message_of([&] {
                   context.range(4).for_each([shared](std::int64_t) { shared.destroy(); });
                 }),
                 contains_text("call it in the driver"));
    std::optional<Context> other(std::in_place, "local[1]");
    auto foreign = other->broadcast(std::string("text"));
    const auto use = [&] {
      context.range(4).for_each([foreign](std::int64_t) { (void)foreign->size(); });
    };
    REQUIRE_THAT(message_of(use), contains_text("of another Context"));
    other.reset();
    REQUIRE_THAT(message_of(use), contains_text("of another Context, or of one that is gone"));
    REQUIRE_THAT(message_of([&] { (void)foreign.value(); }), contains_text("is gone or never was"));
    REQUIRE(shared.value() == "text");
  });
}

TEST_CASE("a broadcast is asked from the driver's memory until its destroy or the Context's end") {
  const auto memory = std::make_shared<MemoryManager>();
  constexpr std::size_t kBytes = std::size_t{1} << 20;
  {
    Config config;
    config.master = "local[2]";
    Context context(config, memory);
    auto first = context.broadcast(std::string(kBytes, 'x'));
    auto second = context.broadcast(std::string(kBytes, 'y'));
    REQUIRE(memory->used() >= 2 * kBytes);
    context.range(4).for_each([first](std::int64_t) { (void)first->size(); });
    first.destroy();
    REQUIRE(memory->used() >= kBytes);
    REQUIRE(memory->used() < 2 * kBytes);
    REQUIRE(second->size() == kBytes);
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace
}  // namespace kindred::test
