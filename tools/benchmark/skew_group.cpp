// W12's curves: values brought together by key.
#include <span>

#include "skew_jobs.hpp"

namespace bench {

namespace {

template <class Rows>
struct Group {
  static std::uint64_t run(const kindred::Context& context, const SkewSize& size) {
    return skewed<Rows>(context, size)
        .group_by_key(size.partitions)
        .map([](typename Rows::KeyView key, std::span<const typename Rows::Value> values) {
          std::uint64_t sum = 0;
          for (const auto& value : values) sum += Rows::worth(value);
          return Rows::fingerprint(key) * sum + kKeyShare;
        })
        .sum();
  }
  static std::uint64_t expected(const SkewSize& size) { return checksum_by_key<Rows>(size); }
};

}  // namespace

std::vector<SkewJob> skew_group_jobs() { return for_all_rows<Group>("W12"); }

}  // namespace bench
