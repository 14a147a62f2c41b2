/// Estimates pi from random points of a square: pi [PARTITIONS]
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <kindred/kindred.hpp>

// A number in [0, 1) for each i: the same on every executor, however often it is computed.
double uniform(std::uint64_t i) {
  i = (i ^ (i >> 30)) * 0xbf58476d1ce4e5b9;
  i = (i ^ (i >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((i ^ (i >> 31)) >> 11) * 0x1p-53;
}

int main(int argc, char** argv) {
  const auto config = kindred::Config::from_args(argc, argv);
  const auto partitions = argc > 1 ? std::atoi(argv[1]) : 2;
  if (argc > 2 || partitions < 1) {
    std::fputs("usage: pi [PARTITIONS]    2 if left out\n", stderr);
    return 2;
  }
  const std::int64_t points = 10'000'000;

  kindred::Context context(config);
  const auto inside = context.range(1, points + 1, partitions)
                          .filter([](std::int64_t i) {
                            const auto seed = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15;
                            const auto x = uniform(seed);
                            const auto y = uniform(~seed);
                            return x * x + y * y < 1;
                          })
                          .count();
  std::printf("Pi is roughly %f\n",
              4.0 * static_cast<double>(inside) / static_cast<double>(points));
}
