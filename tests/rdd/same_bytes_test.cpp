#include <atomic>
#include <cmath>
#include <csignal>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// A program whose every step rounds: sums of products in an order that only lineage decides.
std::string bits_of_a_program(Context& context) {
  const auto points = context.range(0, 20'000, 7).map([](std::int64_t i) {
    const auto x = static_cast<double>(i);
    return std::pair(i * 7919 % 211, std::sin(x) * 1.1 + x * 1e-7);
  });
  const auto sums = points.reduce_by_key(std::plus<>{}, 5);
  const auto spread =
      points.join(sums, 5)
          .map([](auto& key, auto& both) { return std::pair(both.first / both.second, key); })
          .sort_by_key(SortOrder::ascending, 3);
  std::string bits;
  const auto put = [&](const auto& value) {
    bits.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const auto& [key, sum] : sums.collect()) {
    put(key);
    put(sum);
  }
  for (const auto& [x, key] : spread.take(500)) {
    put(x);
    put(key);
  }
  put(points.map([](auto, double x) { return x; }).sum());
  put(points.map([](auto, double x) { return x; }).reduce([](double a, double b) {
    return a * 0.999 + b;
  }));
  for (const auto& [key, values] : points.group_by_key(4).collect()) {
    put(key);
    for (const auto& x : values) put(x);
  }
  return bits;
}

}  // namespace

TEST_CASE("the same bytes come out on any number of threads and of processes [scenario-43]",
          "[scenario-43]") {
  const auto once = bits_of_a_program(context_of("local[1]"));
  for (const auto* master : {"local[1]", "local[2]", "local[3]", "local[8]",
                             "local-cluster[1,2,1024]", "local-cluster[3,1,1024]"}) {
    INFO(master);
    Context context(master);
    for (int run = 0; run < 3; ++run) REQUIRE(bits_of_a_program(context) == once);
  }
}

TEST_CASE("the same bytes come out though executors are killed meanwhile [scenario-43]",
          "[scenario-43]") {
  const auto once = bits_of_a_program(context_of("local[1]"));
  Context context("local-cluster[3,1,1024]");
  std::atomic<bool> over{false};
  // A new executor is killed as soon as it is there, and the old ones one after the other; a
  // partition may be lost three times.
  std::thread killer([&] {
    for (std::uint64_t next = 0; next < 3 && !over;) {
      for (const auto& executor : context.executors()) {
        if (executor.id != next) continue;
        ::kill(static_cast<pid_t>(executor.pid), SIGKILL);
        ++next;
        break;
      }
      std::this_thread::yield();
    }
  });
  for (int run = 0; run < 3; ++run) CHECK(bits_of_a_program(context) == once);
  over = true;
  killer.join();
  CHECK(bits_of_a_program(context) == once);
  CHECK(context.recovery_report().executors_lost() > 0);
}

TEST_CASE("a persisted chain rounds as the fused one does") {
  everywhere([](Context& context, int partitions) {
    const auto first = context.range(0, 10'000, partitions).map([](std::int64_t x) {
      return static_cast<double>(x) * 1.000001;
    });
    const auto second = [](const auto& rows) {
      return rows.map([](double x) { return x * 0.3 + 0.7; })
          .map([](double x) { return x * x - 0.1; })
          .sum();
    };
    const auto fused = second(first);
    const auto kept = second(first.persist());
    const auto erased = second(Rdd<double>(first));
    REQUIRE(std::memcmp(&fused, &kept, sizeof fused) == 0);
    REQUIRE(std::memcmp(&fused, &erased, sizeof fused) == 0);
  });
}
