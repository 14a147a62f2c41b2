// W4's curves: values summed by key.
#include "skew_jobs.hpp"

namespace bench {

namespace {

template <class Rows>
struct Sum {
  static std::uint64_t run(const kindred::Context& context, const SkewSize& size) {
    return skewed<Rows>(context, size)
        .reduce_by_key(typename Rows::Add{}, size.partitions)
        .map([](typename Rows::KeyView key, const typename Rows::Value& sum) {
          return Rows::fingerprint(key) * Rows::worth(sum) + kKeyShare;
        })
        .sum();
  }
  static std::uint64_t expected(const SkewSize& size) { return checksum_by_key<Rows>(size); }
};

}  // namespace

std::vector<SkewJob> skew_sum_jobs() { return for_all_rows<Sum>("W4"); }

}  // namespace bench
