#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "kindred/engine/task_context.hpp"
#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("a persisted Rdd is computed once and read by all that is built from it") {
  static std::atomic<int> computed;
  computed = 0;
  auto& context = context_of("local[3]");
  {
    const auto squares = context.range(0, 100, 5)
                             .map([](std::int64_t x) {
                               ++computed;
                               return x * x;
                             })
                             .persist();
    REQUIRE(computed == 0);
    REQUIRE(squares.sum() == 328350);
    REQUIRE(squares.filter([](std::int64_t x) { return x % 2 == 0; }).count() == 50);
    REQUIRE(squares.collect().size() == 100);
    REQUIRE(computed == 100);
    squares.unpersist();
    REQUIRE(squares.count() == 100);
    REQUIRE(computed == 200);
  }
  // Dropped with the last Rdd that needs it, at the next job at the latest.
  const auto before = context.memory().used();
  REQUIRE(context.range(0, 1).count() == 1);
  REQUIRE(context.memory().used() < before);
}

TEST_CASE("a persisted Rdd gives the same rows as one that is not") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto texts = context.parallelize(texts_of(rows), partitions);
      for (const auto level :
           {StorageLevel::memory(), StorageLevel::disk(), StorageLevel::memory_and_disk()}) {
        const auto kept = texts.persist(level);
        REQUIRE(kept.collect() == texts.collect());
        REQUIRE(kept.collect() == texts.collect());
        REQUIRE(kept.take(2) == texts.take(2));
      }
    }
  });
}

TEST_CASE("a job that is cancelled while it caches leaves whole partitions or none [scenario-22]",
          "[scenario-22]") {
  static std::atomic<std::int64_t> computed;
  static std::atomic<bool> waits;
  static std::atomic<bool> go;
  computed = 0;
  waits = go = false;
  constexpr std::int64_t kRows = std::int64_t{8} << 20;  // a range looks up once a 2^20
  auto& context = context_of("local[3]");
  const auto kept = context.range(0, kRows, 2)
                        .map([](std::int64_t x) {
                          ++computed;
                          if (x == kRows / 2) {
                            waits = true;
                            while (!go) std::this_thread::yield();
                          }
                          return x;
                        })
                        .persist();
  auto cancelled = std::async(std::launch::async, [&] { return kept.sum(); });
  while (!waits || computed != kRows / 2 + 1) std::this_thread::yield();
  context.cancel_all_jobs("enough");
  CHECK_THROWS_AS(cancelled.get(), CancelledError);
  go = true;
  // The half that was done may be kept; of the other nothing is, though a part was computed.
  CHECK(kept.sum() == kRows * (kRows - 1) / 2);
  CHECK(computed > kRows);
  const auto before = computed.load();
  CHECK(kept.count() == kRows);
  CHECK(computed == before);
}

TEST_CASE("unpersist() reaches the blocks that tasks kept before they failed") {
  on_every_master([](Context& context) {
    const auto blocks = [&] {
      return context.range(0, 8, 8)
          .map([](std::int64_t) {
            return static_cast<std::int64_t>(current_task()->stores().blocks.size());
          })
          .sum();
    };
    const auto before = blocks();
    const auto kept = context.range(0, 10, 1).persist();
    REQUIRE_THROWS_AS(kept.map([](std::int64_t x) {
                            if (x == 7) throw std::runtime_error("seven");
                            return x;
                          })
                          .count(),
                      JobError);
    REQUIRE(blocks() > before);
    kept.unpersist();
    REQUIRE(blocks() == before);
  });
}

TEST_CASE("a map stage whose output is still there is not run again") {
  static std::atomic<int> computed;
  computed = 0;
  auto& context = context_of("local[3]");
  const auto sums = context.range(0, 100, 4)
                        .map([](std::int64_t x) {
                          ++computed;
                          return std::pair(x % 10, x);
                        })
                        .reduce_by_key(std::plus<>{});
  REQUIRE(sums.count() == 10);
  REQUIRE(sums.collect().size() == 10);
  REQUIRE(sums.join(sums).count() == 10);
  REQUIRE(computed == 100);
}

TEST_CASE("the memory of rows is given back when a program is done with them") {
  auto& context = context_of("local[3]");
  REQUIRE(context.range(0, 1).count() == 1);
  const auto before = context.memory().used();
  {
    const auto groups =
        context.range(0, 10'000, 3)
            .map([](std::int64_t x) { return std::pair(std::to_string(x % 100), x); })
            .group_by_key()
            .persist();
    REQUIRE(groups.join(groups).sort_by_key().count() == 100);
    REQUIRE(context.memory().used() > before);
  }
  REQUIRE(context.range(0, 1).count() == 1);
  REQUIRE(context.memory().used() == before);
}
