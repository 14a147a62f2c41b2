// W7: ten iterations of page rank over one million pages and ten million links in memory; with a
// row for each page, and with one for each block of pages.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPages = 1'000'000;
constexpr std::uint64_t kLinks = 10'000'000;
constexpr int kIterations = 10;
constexpr double kLeast = 0.15;  // the rank of a page that no link leads to

using Page = std::uint32_t;
using Link = std::pair<Page, Page>;

// How many links lead to a page follows a power law.
Link link(std::uint64_t i, std::uint64_t pages) {
  const double at = static_cast<double>(splitmix64(2 * i + 1) >> 11) * 0x1.0p-53;
  const double to = static_cast<double>(pages) * at * at * at;
  return {static_cast<Page>(splitmix64(2 * i) % pages),
          std::min(static_cast<Page>(pages - 1), static_cast<Page>(to))};
}

double rank_of(double passed_on) { return kLeast + 0.85 * passed_on; }

// Rounded to where the order of the additions does not show.
std::uint64_t rank_sum(Page page, double rank) {
  return mix(page, static_cast<std::uint64_t>(std::llround(rank * 1000)));
}

Side engine(const Setup& setup) {
  using Rank = std::pair<Page, double>;
  auto context = make_context(setup);
  const auto links = context->range(0, std::int64_t(setup.size(kLinks)))
                         .map([pages = setup.size(kPages)](std::int64_t i) {
                           return link(std::uint64_t(i), pages);
                         })
                         .group_by_key(setup.threads)  // more partitions combine fewer links
                         .persist();
  links.count();  // an action fills the cache
  return engine_side(context, [links] {
    kindred::Rdd<Rank> ranks = links.map_values([](auto&) { return 1.0; });
    for (int i = 0; i < kIterations; ++i) {
      ranks = links.left_outer_join(ranks)
                  .flat_map<Rank>([](auto&, auto& links_and_rank, auto& emit) {
                    const auto& [targets, rank] = links_and_rank;
                    const auto each = rank.value_or(kLeast) / static_cast<double>(targets.size());
                    for (const auto page : targets) emit(Rank(page, each));
                  })
                  .reduce_by_key(std::plus<>{})
                  .map_values([](double passed_on) { return rank_of(passed_on); });
    }
    return ranks.map([](Page page, double rank) { return rank_sum(page, rank); }).sum();
  });
}

// W7/partitioned: pages in blocks of consecutive ones, a row a block, so that a link is two numbers
// in an array. The links are kept from iteration to iteration; ranks meet them without a shuffle,
// and what is shuffled is a sum for each page and partition.
constexpr std::uint32_t kBlocks = 8;
constexpr int kPartitions = 4;

using Ranks = std::vector<double>;
using BlockRanks = std::pair<std::uint32_t, Ranks>;

// The links from the pages of one block: how many each page has, where those to each block begin,
// and the links, each as the places of two pages in their blocks. Vectors in a tuple are passed as
// views: an own struct would be copied by the join.
using LinkBlock = std::tuple<std::vector<std::uint32_t>, std::vector<std::uint32_t>,
                             std::vector<std::pair<std::uint32_t, std::uint32_t>>>;

LinkBlock block_of(std::span<const Link> links, std::uint32_t block_size) {
  std::vector<Link> sorted(links.begin(), links.end());
  std::ranges::sort(sorted, {}, [&](const Link& link) {
    return std::tuple(link.second / block_size, link.first, link.second);
  });
  LinkBlock block;
  auto& [counts, begins, places] = block;
  counts.resize(block_size);
  begins.resize(kBlocks + 1);
  for (const auto& [from, to] : sorted) {
    ++counts[from % block_size];
    ++begins[to / block_size + 1];
    places.emplace_back(from % block_size, to % block_size);
  }
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  return block;
}

// What the pages of one block pass on to those of each.
std::vector<BlockRanks> passed_on(const kindred::passed_t<LinkBlock>& block,
                                  std::span<const double> ranks) {
  const auto& [counts, begins, places] = block;
  Ranks each(ranks.size());
  for (std::size_t i = 0; i < each.size(); ++i) {
    each[i] = ranks[i] / static_cast<double>(std::max(counts[i], 1u));
  }
  std::vector<BlockRanks> all;
  for (std::uint32_t to = 0; to < kBlocks; ++to) {
    Ranks sums(ranks.size());
    for (const auto& [from, place] : places.subspan(begins[to], begins[to + 1] - begins[to])) {
      sums[place] += each[from];
    }
    all.emplace_back(to, std::move(sums));
  }
  return all;
}

Side partitioned(const Setup& setup) {
  auto context = make_context(setup);
  const auto pages = static_cast<std::uint32_t>(setup.size(kPages));
  const auto block_size = (pages + kBlocks - 1) / kBlocks;
  const auto links = context->range(0, std::int64_t(setup.size(kLinks)))
                         .map([pages, block_size](std::int64_t i) {
                           const auto made = link(std::uint64_t(i), pages);
                           return std::pair(made.first / block_size, made);
                         })
                         .group_by_key(kPartitions)
                         .map_values([block_size](std::span<const Link> from_block) {
                           return block_of(from_block, block_size);
                         })
                         .persist();
  links.count();  // an action fills the cache
  return engine_side(context, [links, block_size] {
    kindred::Rdd<BlockRanks> ranks =
        links.map_values([block_size](auto&) { return Ranks(block_size, 1.0); });
    for (int i = 0; i < kIterations; ++i) {
      ranks = links.join(ranks)
                  .flat_map([](auto&, auto& links_and_ranks) {
                    return passed_on(links_and_ranks.first, links_and_ranks.second);
                  })
                  .reduce_by_key(
                      [](Ranks sums, std::span<const double> more) {
                        for (std::size_t at = 0; at < sums.size(); ++at) sums[at] += more[at];
                        return sums;
                      },
                      kPartitions)
                  .map_values([](std::span<const double> sums) {
                    Ranks of_block(sums.size());
                    std::ranges::transform(sums, of_block.begin(), rank_of);
                    return of_block;
                  });
    }
    return ranks
        .map([block_size](std::uint32_t block, std::span<const double> of_block) {
          std::uint64_t sum = 0;
          for (std::uint32_t i = 0; i < block_size; ++i) {
            if (of_block[i] > kLeast) sum += rank_sum(block * block_size + i, of_block[i]);
          }
          return sum;
        })
        .sum();
  });
}

// The links that lead to each page, side by side.
class Graph {
 public:
  Graph(std::uint64_t pages, std::uint64_t links)
      : starts_(pages + 1), links_from_(pages), sources_(links), ranks_(pages), passed_on_(pages) {
    for (std::uint64_t i = 0; i < links; ++i) {
      const auto [from, to] = link(i, pages);
      ++starts_[to + 1];
      ++links_from_[from];
    }
    for (std::size_t page = 0; page < pages; ++page) starts_[page + 1] += starts_[page];
    std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
    for (std::uint64_t i = 0; i < links; ++i) {
      const auto [from, to] = link(i, pages);
      sources_[next[to]++] = from;
    }
  }

  void iterate(int threads) {
    on_threads(threads, [&](int thread) {
      const auto end = share(ranks_.size(), thread + 1, threads);
      for (auto page = share(ranks_.size(), thread, threads); page < end; ++page) {
        passed_on_[page] =
            links_from_[page] ? ranks_[page] / static_cast<double>(links_from_[page]) : 0;
      }
    });
    on_threads(threads, [&](int thread) {
      const auto end = first_page(thread + 1, threads);
      for (auto page = first_page(thread, threads); page < end; ++page) {
        double sum = 0;
        for (auto i = starts_[page]; i < starts_[page + 1]; ++i) sum += passed_on_[sources_[i]];
        ranks_[page] = rank_of(sum);
      }
    });
  }
  void reset() { std::fill(ranks_.begin(), ranks_.end(), 1.0); }
  /// Of the pages that a link leads to.
  std::uint64_t checksum() const {
    std::uint64_t sum = 0;
    for (std::size_t page = 0; page < ranks_.size(); ++page) {
      if (starts_[page] == starts_[page + 1]) continue;
      sum += rank_sum(static_cast<Page>(page), ranks_[page]);
    }
    return sum;
  }

 private:
  // Each thread has pages with about as many links.
  std::size_t first_page(int thread, int threads) const {
    if (thread == threads) return ranks_.size();
    const auto at = std::lower_bound(starts_.begin(), starts_.end() - 1,
                                     share(sources_.size(), thread, threads));
    return static_cast<std::size_t>(at - starts_.begin());
  }

  std::vector<std::size_t> starts_;
  std::vector<std::uint32_t> links_from_;
  std::vector<Page> sources_;
  std::vector<double> ranks_;
  std::vector<double> passed_on_;
};

Side by_hand(const Setup& setup) {
  return {.run = [graph = std::make_shared<Graph>(setup.size(kPages), setup.size(kLinks)),
                  threads = setup.threads] {
    graph->reset();
    for (int i = 0; i < kIterations; ++i) graph->iterate(threads);
    return Outcome(graph->checksum());
  }};
}

const Registered w7{{.name = "W7",
                     .title = "page rank, 1M pages, 10M links, 10 iterations; rows of links, pull",
                     .target = 8.0,
                     .then_target = 4.0,
                     .engine = engine,
                     .hand = by_hand}};

const Registered w7_partitioned{{.name = "W7/partitioned",
                                 .title = "the same; links of blocks of pages kept as arrays, pull",
                                 .target = 2.0,
                                 .engine = partitioned,
                                 .hand = by_hand}};

}  // namespace

}  // namespace bench
