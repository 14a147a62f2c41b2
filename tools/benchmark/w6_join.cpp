// W6: 10 million rows joined with 10 million others by one of 10 million keys.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "workload.hpp"
#include "write_combining.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kRows = 10'000'000;  // of each side
constexpr std::uint64_t kKeys = 10'000'000;

constexpr std::uint64_t left_key(std::uint64_t i) {
  return splitmix64(i ^ 0x1111111111111111u) % kKeys;
}
constexpr std::uint64_t right_key(std::uint64_t i) {
  return splitmix64(i ^ 0x2222222222222222u) % kKeys;
}

// What a joined row adds to the checksum: cheap, since the join itself is.
constexpr std::uint64_t row_sum(std::uint64_t key, std::uint64_t left, std::uint64_t right) {
  return key * left + right;
}

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, rows = std::int64_t(setup.size(kRows))] {
    const auto left = context->range(0, rows).map(
        [](std::int64_t i) { return std::pair(left_key(std::uint64_t(i)), std::uint64_t(i)); });
    const auto right = context->range(0, rows).map(
        [](std::int64_t i) { return std::pair(right_key(std::uint64_t(i)), std::uint64_t(i)); });
    return left.join(right)
        .map([](std::uint64_t key, const std::pair<std::uint64_t, std::uint64_t>& both) {
          return row_sum(key, both.first, both.second);
        })
        .sum();
  });
}

struct Row {
  std::uint64_t key;
  std::uint64_t value;
};

struct Tables {
  explicit Tables(std::size_t size) : left(pool, size), right(pool, size) {}

  void generate(int threads) {
    on_threads(threads, [&](int thread) {
      const auto end = share(left.size(), thread + 1, threads);
      for (auto i = share(left.size(), thread, threads); i < end; ++i) {
        left[i] = {left_key(i), i};
        right[i] = {right_key(i), i};
      }
    });
  }

  BufferPool pool;
  Buffer<Row> left;
  Buffer<Row> right;
};

template <auto join>
Side by_hand(const Setup& setup) {
  return {.run = [tables = std::make_shared<Tables>(setup.size(kRows)), threads = setup.threads] {
    tables->generate(threads);
    return Outcome(join(*tables, threads));
  }};
}

constexpr std::uint32_t kEnd = ~std::uint32_t{0};

// One table that all threads fill: chains of left rows, each headed by an atomic.
constexpr int kHeadBits = 24;
std::size_t head_of(const Row& row) { return hash64(row.key) >> (64 - kHeadBits); }

std::uint64_t shared_table(Tables& tables, int threads) {
  constexpr std::size_t kHeads = std::size_t{1} << kHeadBits;
  const auto& left = tables.left;
  const auto& right = tables.right;
  Buffer<std::atomic<std::uint32_t>> heads(tables.pool, kHeads);
  Buffer<std::uint32_t> next(tables.pool, left.size());
  on_threads(threads, [&](int thread) {
    const auto begin = share(kHeads, thread, threads);
    const auto end = share(kHeads, thread + 1, threads);
    std::memset(static_cast<void*>(heads.begin() + begin), 0xff, (end - begin) * sizeof kEnd);
  });
  on_threads(threads, [&](int thread) {
    const auto end = share(left.size(), thread + 1, threads);
    for (auto i = share(left.size(), thread, threads); i < end; ++i) {
      next[i] = heads[head_of(left[i])].exchange(static_cast<std::uint32_t>(i),
                                                 std::memory_order_relaxed);
    }
  });
  return sum_over_threads(threads, [&](int thread) {
    constexpr std::uint64_t kAhead = 16;
    std::uint64_t sum = 0;
    const auto end = share(right.size(), thread + 1, threads);
    for (auto i = share(right.size(), thread, threads); i < end; ++i) {
      if (i + kAhead < end) __builtin_prefetch(&heads[head_of(right[i + kAhead])]);
      const auto row = right[i];
      for (auto j = heads[head_of(row)].load(std::memory_order_relaxed); j != kEnd; j = next[j]) {
        if (left[j].key == row.key) sum += row_sum(row.key, left[j].value, row.value);
      }
    }
    return sum;
  });
}

constexpr int kPartBits = 9;
constexpr std::size_t kParts = std::size_t{1} << kPartBits;
std::size_t part_of(const Row& row) { return hash64(row.key) >> (64 - kPartBits); }

// Rows with those of a part side by side, and where each part starts.
struct Parted {
  Parted(BufferPool& pool, const Buffer<Row>& in, int threads) : rows(pool, in.size()) {
    std::vector<std::vector<std::size_t>> next(static_cast<std::size_t>(threads),
                                               std::vector<std::size_t>(kParts));
    on_threads(threads, [&](int thread) {
      auto& counts = next[static_cast<std::size_t>(thread)];
      const auto end = share(in.size(), thread + 1, threads);
      for (auto i = share(in.size(), thread, threads); i < end; ++i) ++counts[part_of(in[i])];
    });
    starts = place_parts(next);
    on_threads(threads, [&](int thread) {
      WriteCombining<Row> writing(rows.begin(), next[static_cast<std::size_t>(thread)]);
      const auto end = share(in.size(), thread + 1, threads);
      for (auto i = share(in.size(), thread, threads); i < end; ++i) {
        writing.add(part_of(in[i]), in[i]);
      }
      writing.flush();
    });
  }

  Buffer<Row> rows;
  std::vector<std::size_t> starts;
};

// Chains of the left rows of one part; small enough for a cache.
class PartTable {
 public:
  std::uint64_t join(const Row* left, std::size_t left_rows, const Row* right,
                     std::size_t right_rows) {
    std::fill(heads_.begin(), heads_.end(), kEnd);
    if (next_.size() < left_rows) next_.resize(left_rows);
    for (std::size_t i = 0; i < left_rows; ++i) {
      next_[i] = std::exchange(heads_[slot(left[i])], static_cast<std::uint32_t>(i));
    }
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < right_rows; ++i) {
      const auto row = right[i];
      for (auto j = heads_[slot(row)]; j != kEnd; j = next_[j]) {
        if (left[j].key == row.key) sum += row_sum(row.key, left[j].value, row.value);
      }
    }
    return sum;
  }

 private:
  static constexpr int kBits = 15;
  static std::size_t slot(const Row& row) { return (hash64(row.key) << kPartBits) >> (64 - kBits); }

  std::vector<std::uint32_t> heads_ = std::vector<std::uint32_t>(std::size_t{1} << kBits);
  std::vector<std::uint32_t> next_;
};

std::uint64_t radix(Tables& tables, int threads) {
  const Parted left(tables.pool, tables.left, threads);
  const Parted right(tables.pool, tables.right, threads);
  std::atomic<std::size_t> next{0};
  return sum_over_threads(threads, [&](int) {
    PartTable table;
    std::uint64_t sum = 0;
    for (std::size_t part; (part = next++) < kParts;) {
      sum += table.join(
          left.rows.begin() + left.starts[part], left.starts[part + 1] - left.starts[part],
          right.rows.begin() + right.starts[part], right.starts[part + 1] - right.starts[part]);
    }
    return sum;
  });
}

const Registered shared{{.name = "W6",
                         .title = "join 10M x 10M by 10M keys, one shared table",
                         .target = 1.2,
                         .engine = engine,
                         .hand = by_hand<shared_table>}};
const Registered parted{{.name = "W6/radix",
                         .title = "the same against a table for each of 512 radix partitions",
                         .then_target = 1.5,
                         .engine = engine,
                         .hand = by_hand<radix>}};

}  // namespace

}  // namespace bench
