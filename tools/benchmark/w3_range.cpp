// W3: range(1e9), keep the even ones, x * 3 + 1, add up. The work is nothing but the loop.
#include <cstdint>
#include <functional>
#include <numeric>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kNumbers = 1'000'000'000;

auto chain(kindred::Context& context, std::int64_t numbers) {
  return context.range(0, numbers)
      .filter([](std::int64_t x) { return x % 2 == 0; })
      .map([](std::int64_t x) { return x * 3 + 1; });
}

Side engine_sum(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, numbers = std::int64_t(setup.size(kNumbers))] {
    return std::uint64_t(chain(*context, numbers).sum());
  });
}

Side engine_reduce(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, numbers = std::int64_t(setup.size(kNumbers))] {
    return std::uint64_t(chain(*context, numbers).reduce(std::plus<>{}));
  });
}

// Out of line, so that the compiler does not know the bounds.
[[gnu::noinline]] std::uint64_t plain_loop(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = begin; i < end; ++i) {
    if (!(i & 1)) sum += i * 3 + 1;
  }
  return sum;
}

// Without a branch the compiler makes vectors of it, three times as fast.
[[gnu::noinline]] std::uint64_t vectorised_loop(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = begin; i < end; ++i) sum += (i * 3 + 1) & ((i & 1) - 1);
  return sum;
}

template <auto loop>
Side by_hand(const Setup& setup) {
  return {.run = [numbers = setup.size(kNumbers), threads = setup.threads] {
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(threads));
    on_threads(threads, [&](int thread) {
      sums[static_cast<std::size_t>(thread)] =
          loop(share(numbers, thread, threads), share(numbers, thread + 1, threads));
    });
    return Outcome(std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}));
  }};
}

const Registered sum{{.name = "W3-sum",
                      .title = "range(1e9), even ones, x * 3 + 1, sum()",
                      .target = 1.2,
                      .engine = engine_sum,
                      .hand = by_hand<plain_loop>}};
const Registered vectorised{{.name = "W3-sum/vectorised",
                             .title = "the same against a loop without branches",
                             .engine = engine_sum,
                             .hand = by_hand<vectorised_loop>}};
const Registered reduce{{.name = "W3-reduce",
                         .title = "range(1e9), even ones, x * 3 + 1, reduce(std::plus<>{})",
                         .target = 1.2,
                         .engine = engine_reduce,
                         .hand = by_hand<plain_loop>}};

}  // namespace

}  // namespace bench
