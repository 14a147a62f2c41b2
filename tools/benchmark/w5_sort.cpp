// W5: 20 million pairs sorted by their key; then all are read in order.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
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

constexpr std::uint64_t kPairs = 20'000'000;

constexpr std::int64_t key_of(std::uint64_t i) { return static_cast<std::int64_t>(splitmix64(i)); }

// A stretch of the rows: which followed which.
struct Stretch {
  std::uint64_t rows = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t checksum = 0;

  Stretch then(std::int64_t key, std::int64_t value) const {
    const auto row = std::uint64_t(key) + std::uint64_t(value);
    if (rows == 0) return {1, row, row, 0};
    return {rows + 1, first, row, checksum + mix(last, row)};
  }
  Stretch then(const Stretch& next) const {
    if (rows == 0) return next;
    if (next.rows == 0) return *this;
    return {rows + next.rows, first, next.last, checksum + next.checksum + mix(last, next.first)};
  }
};

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, pairs = std::int64_t(setup.size(kPairs))] {
    return context->range(0, pairs)
        .map([](std::int64_t i) { return std::pair(key_of(std::uint64_t(i)), i); })
        .sort_by_key()
        .aggregate(
            Stretch{},
            [](const Stretch& before, const std::pair<std::int64_t, std::int64_t>& row) {
              return before.then(row.first, row.second);
            },
            [](const Stretch& before, const Stretch& next) { return before.then(next); })
        .checksum;
  });
}

struct Row {
  std::int64_t key;
  std::int64_t value;
};
bool less(const Row& a, const Row& b) { return a.key < b.key; }

struct Arrays {
  explicit Arrays(std::size_t size) : rows(pool, size), sorted(pool, size) {}

  BufferPool pool;
  Buffer<Row> rows;
  Buffer<Row> sorted;
};

void generate(Buffer<Row>& rows, int threads) {
  on_threads(threads, [&](int thread) {
    const auto end = share(rows.size(), thread + 1, threads);
    for (auto i = share(rows.size(), thread, threads); i < end; ++i) {
      rows[i] = {key_of(i), static_cast<std::int64_t>(i)};
    }
  });
}

std::uint64_t checksum(const Buffer<Row>& rows, int threads) {
  std::vector<Stretch> stretches(static_cast<std::size_t>(threads));
  on_threads(threads, [&](int thread) {
    Stretch stretch;
    const auto end = share(rows.size(), thread + 1, threads);
    for (auto i = share(rows.size(), thread, threads); i < end; ++i) {
      stretch = stretch.then(rows[i].key, rows[i].value);
    }
    stretches[static_cast<std::size_t>(thread)] = stretch;
  });
  Stretch all;
  for (const auto& stretch : stretches) all = all.then(stretch);
  return all.checksum;
}

template <auto sort>
Side by_hand(const Setup& setup) {
  return {.run = [arrays = std::make_shared<Arrays>(setup.size(kPairs)), threads = setup.threads] {
    generate(arrays->rows, threads);
    sort(arrays->rows, arrays->sorted, threads);
    return Outcome(checksum(arrays->sorted, threads));
  }};
}

// How many of the first `half` rows of the merged whole come from the left of two sorted halves.
std::size_t from_left(const Buffer<Row>& rows, std::size_t half) {
  std::size_t low = 0;
  std::size_t high = half;
  while (low < high) {
    const auto i = (low + high) / 2;
    const auto j = half - i;
    if (j > 0 && i < half && rows[i].key < rows[half + j - 1].key) {
      low = i + 1;
    } else {
      high = i;
    }
  }
  return low;
}

void sort_and_merge(Buffer<Row>& rows, Buffer<Row>& sorted, int) {
  const auto half = rows.size() / 2;
  auto* const begin = rows.begin();
  on_threads(2, [&](int thread) {
    std::sort(thread == 0 ? begin : begin + half, thread == 0 ? begin + half : rows.end(), less);
  });
  const auto i = from_left(rows, half);
  const auto j = half - i;
  on_threads(2, [&](int thread) {
    if (thread == 0) {
      std::merge(begin, begin + i, begin + half, begin + half + j, sorted.begin(), less);
    } else {
      std::merge(begin + i, begin + half, begin + half + j, rows.end(), sorted.begin() + i + j,
                 less);
    }
  });
}

Side with_merge(const Setup& setup) {
  if (setup.threads != 2) throw Skipped("the hand-written merge is one of two threads");
  return by_hand<sort_and_merge>(setup);
}

constexpr int kBits = 11;
constexpr std::size_t kParts = std::size_t{1} << kBits;

std::uint64_t ordered(std::int64_t key) { return std::uint64_t(key) ^ (std::uint64_t{1} << 63); }
std::size_t part_of(const Row& row) { return ordered(row.key) >> (64 - kBits); }

// Two passes of 8 bits below those that all rows of a part share, then insertion; std::sort where
// that would be slow.
void sort_part(Row* rows, Row* other, std::size_t count) {
  if (count < 64) {
    std::sort(rows, rows + count, less);
    return;
  }
  for (int pass = 0; pass < 2; ++pass) {
    const int shift = 64 - kBits - 16 + pass * 8;
    const auto digit = [shift](const Row& row) { return (ordered(row.key) >> shift) & 255; };
    std::array<std::uint32_t, 257> starts{};
    for (std::size_t i = 0; i < count; ++i) ++starts[digit(rows[i]) + 1];
    for (std::size_t i = 0; i < 256; ++i) starts[i + 1] += starts[i];
    for (std::size_t i = 0; i < count; ++i) other[starts[digit(rows[i])]++] = rows[i];
    std::swap(rows, other);
  }
  std::size_t moves = 0;  // after two passes the rows are where they were
  for (std::size_t i = 1; i < count; ++i) {
    const auto row = rows[i];
    auto j = i;
    for (; j > 0 && rows[j - 1].key > row.key; --j) rows[j] = rows[j - 1];
    rows[j] = row;
    moves += i - j;
    if (moves > 8 * count) {
      std::sort(rows, rows + count, less);
      return;
    }
  }
}

std::vector<std::size_t> part_rows(const Buffer<Row>& rows, Buffer<Row>& out, int threads) {
  std::vector<std::vector<std::size_t>> next(static_cast<std::size_t>(threads),
                                             std::vector<std::size_t>(kParts));
  on_threads(threads, [&](int thread) {
    auto& counts = next[static_cast<std::size_t>(thread)];
    const auto end = share(rows.size(), thread + 1, threads);
    for (auto i = share(rows.size(), thread, threads); i < end; ++i) ++counts[part_of(rows[i])];
  });
  auto starts = place_parts(next);
  on_threads(threads, [&](int thread) {
    WriteCombining<Row> writing(out.begin(), next[static_cast<std::size_t>(thread)]);
    const auto end = share(rows.size(), thread + 1, threads);
    for (auto i = share(rows.size(), thread, threads); i < end; ++i) {
      writing.add(part_of(rows[i]), rows[i]);
    }
    writing.flush();
  });
  return starts;
}

void radix_sort(Buffer<Row>& rows, Buffer<Row>& sorted, int threads) {
  const auto starts = part_rows(rows, sorted, threads);
  std::atomic<std::size_t> next{0};
  on_threads(threads, [&](int) {
    std::vector<Row> other;
    for (std::size_t part; (part = next++) < kParts;) {
      const auto count = starts[part + 1] - starts[part];
      if (other.size() < count) other.resize(count);
      sort_part(sorted.begin() + starts[part], other.data(), count);
    }
  });
}

const Registered merged{{.name = "W5",
                         .title = "sort 20M pairs of i64 by key, std::sort and merge",
                         .target = 1.0,
                         .memory_target = 1.5,
                         .engine = engine,
                         .hand = with_merge}};
const Registered radix{{.name = "W5/radix",
                        .title = "the same against radix: 2048 parts, two passes each",
                        .then_target = 1.5,
                        .engine = engine,
                        .hand = by_hand<radix_sort>}};

}  // namespace

}  // namespace bench
