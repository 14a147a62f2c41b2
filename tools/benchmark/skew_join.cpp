// W6's curves: rows joined with a table in which each key stands once. Were the hot keys hot on
// both sides, the output would grow with the square of the rows, whatever the engine.
#include "skew_jobs.hpp"

namespace bench {

namespace {

template <class Rows>
struct Join {
  static std::uint64_t run(const kindred::Context& context, const SkewSize& size) {
    const auto table =
        context.range(0, std::int64_t(size.keys()), size.partitions).map([](std::int64_t number) {
          const auto n = std::uint64_t(number);
          return std::pair(Rows::key(n), splitmix64(n));
        });
    return skewed<Rows>(context, size)
        .join(table, size.partitions)
        .map([](typename Rows::KeyView key,
                const std::pair<typename Rows::Value, std::uint64_t>& both) {
          return Rows::fingerprint(key) * Rows::worth(both.first) + both.second;
        })
        .sum();
  }
  static std::uint64_t expected(const SkewSize& size) {
    std::uint64_t sum = 0;
    for_each_skewed<Rows>(size, [&](std::uint64_t number, std::uint64_t share) {
      sum += share + splitmix64(number);
    });
    return sum;
  }
};

}  // namespace

std::vector<SkewJob> skew_join_jobs() { return for_all_rows<Join>("W6"); }

}  // namespace bench
