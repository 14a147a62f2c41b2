// W7: ten iterations of page rank over one million pages and ten million links in memory.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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
                         .group_by_key()
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

}  // namespace

}  // namespace bench
