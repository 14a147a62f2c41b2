// The jobs that the curves are taken of: W4, W6 and W12 for each kind of rows.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "kindred/kindred.hpp"

#include "skew_rows.hpp"

namespace bench {

/// How large a job is. There are ten rows to a key, where keys are even.
struct SkewSize {
  std::uint64_t rows;
  int partitions;  ///< Of the source and of the shuffle.

  std::uint64_t keys() const { return std::max<std::uint64_t>(rows / 10, 1); }
};

/// One job, by the engine and by a plain loop over the rows; both give a checksum.
struct SkewJob {
  std::string_view workload;
  std::string_view rows;
  std::uint64_t (*run)(const kindred::Context&, const SkewSize&);
  std::uint64_t (*expected)(const SkewSize&);
};

std::vector<SkewJob> skew_sum_jobs();
std::vector<SkewJob> skew_join_jobs();
std::vector<SkewJob> skew_group_jobs();

/// What each key of an output adds to its checksum, so that a key that comes twice is seen.
inline constexpr std::uint64_t kKeyShare = 0x9e3779b97f4a7c15u;

/// The rows, made anew in each job.
template <class Rows>
auto skewed(const kindred::Context& context, const SkewSize& size) {
  return context.range(0, std::int64_t(size.rows), size.partitions)
      .map([keys = Rows::keys(size.keys())](std::int64_t i) {
        return std::pair(Rows::key(keys(std::uint64_t(i))), Rows::value(std::uint64_t(i)));
      });
}

/// Calls f(key's number, what the row adds to a checksum) for each row.
template <class Rows, class F>
void for_each_skewed(const SkewSize& size, const F& f) {
  const auto keys = Rows::keys(size.keys());
  for (std::uint64_t i = 0; i < size.rows; ++i) {
    const auto number = keys(i);
    f(number, Rows::fingerprint(Rows::key(number)) * Rows::worth(Rows::value(i)));
  }
}

/// The checksum of the rows brought together by their keys.
template <class Rows>
std::uint64_t checksum_by_key(const SkewSize& size) {
  std::vector<bool> seen(size.keys());
  std::uint64_t sum = 0;
  for_each_skewed<Rows>(size, [&](std::uint64_t number, std::uint64_t share) {
    sum += share + (seen[number] ? 0 : kKeyShare);
    seen[number] = true;
  });
  return sum;
}

/// `Job` for each kind of rows, the even ones first: the others are held against them.
template <template <class Rows> class Job>
std::vector<SkewJob> for_all_rows(std::string_view workload) {
  const auto job = [&]<class Rows>(Rows) {
    return SkewJob{workload, Rows::kName, Job<Rows>::run, Job<Rows>::expected};
  };
  return {job(Even{}), job(Zipf10{}), job(Zipf13{}), job(Hot{}), job(Text{}), job(Wide{})};
}

}  // namespace bench
