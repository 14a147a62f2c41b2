// W13: the sum of 20 million cached numbers, 50 times: how fast a cached block is read.
#include <cstdint>
#include <memory>
#include <numeric>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kNumbers = 20'000'000;
constexpr int kRepetitions = 50;

// Small enough that the sum of all does not overflow.
constexpr std::int64_t number(std::uint64_t i) {
  return static_cast<std::int64_t>(splitmix64(i) >> 30);
}

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  auto numbers = context->range(0, std::int64_t(setup.size(kNumbers)))
                     .map([](std::int64_t i) { return number(std::uint64_t(i)); })
                     .persist();
  numbers.count();  // an action fills the cache
  return engine_side(context, [numbers] {
    std::uint64_t total = 0;
    for (int i = 0; i < kRepetitions; ++i) total += std::uint64_t(numbers.sum());
    return total;
  });
}

[[gnu::noinline]] std::int64_t sum_of(const std::int64_t* begin, const std::int64_t* end) {
  return std::accumulate(begin, end, std::int64_t{0});
}

std::uint64_t sum_on_threads(const Buffer<std::int64_t>& numbers, int threads) {
  std::vector<std::int64_t> sums(static_cast<std::size_t>(threads));
  const auto count = std::uint64_t(numbers.end() - numbers.begin());
  on_threads(threads, [&](int thread) {
    sums[static_cast<std::size_t>(thread)] =
        sum_of(numbers.begin() + share(count, thread, threads),
               numbers.begin() + share(count, thread + 1, threads));
  });
  return static_cast<std::uint64_t>(sum_of(sums.data(), sums.data() + sums.size()));
}

Side hand(const Setup& setup) {
  const auto count = setup.size(kNumbers);
  auto pool = std::make_shared<BufferPool>();
  auto numbers = std::make_shared<Buffer<std::int64_t>>(*pool, count);
  for (std::size_t i = 0; i < count; ++i) (*numbers)[i] = number(i);
  return {.run = [pool, numbers, threads = setup.threads] {
    std::uint64_t total = 0;
    for (int i = 0; i < kRepetitions; ++i) total += sum_on_threads(*numbers, threads);
    return Outcome(total);
  }};
}

const Registered w13{{.name = "W13",
                      .title = "sum of 20M cached i64, 50 times",
                      .target = 1.2,
                      .engine = engine,
                      .hand = hand}};

}  // namespace

}  // namespace bench
