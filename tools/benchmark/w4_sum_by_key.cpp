// W4: the sum of 50 million values by one million keys; then every row goes into a checksum.
#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPairs = 50'000'000;
constexpr std::uint64_t kKeys = 1'000'000;

constexpr std::uint64_t key_of(std::uint64_t i) { return splitmix64(i) % kKeys; }

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, pairs = std::int64_t(setup.size(kPairs)),
                               threads = setup.threads] {
    // More partitions would combine fewer pairs each.
    return context->range(0, pairs, threads)
        .map([](std::int64_t i) { return std::pair(key_of(std::uint64_t(i)), std::uint64_t(i)); })
        .reduce_by_key(std::plus<>{})
        .map([](std::uint64_t key, std::uint64_t sum) { return mix(key, sum); })
        .sum();
  });
}

struct Row {
  std::uint64_t key;
  std::uint64_t value;
};
constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

// Open addressing with linear probing, at most half full. All keys of a table may have some high
// bits of their hash in common: those do not help to find a slot.
template <int shared_bits = 0>
class SumTable {
 public:
  SumTable(BufferPool& pool, int bits)
      : pool_(&pool),
        rows_(pool, std::size_t{1} << bits),
        bits_(bits),
        mask_((std::size_t{1} << bits) - 1) {
    clear();
  }

  void clear() {
    used_ = 0;
    for (auto& row : rows_) row = {kEmpty, 0};
  }
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&rows_[slot(key)], 1); }
  void add(std::uint64_t key, std::uint64_t value) {
    for (auto i = slot(key);; i = (i + 1) & mask_) {
      auto& row = rows_[i];
      if (row.key == key) {
        row.value += value;
        return;
      }
      if (row.key == kEmpty) {
        row = {key, value};
        if (++used_ * 2 > mask_) grow();
        return;
      }
    }
  }
  int bits() const { return bits_; }
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const auto& row : rows_) {
      if (row.key != kEmpty) visit(row);
    }
  }
  std::uint64_t checksum() const {
    std::uint64_t sum = 0;
    for_each([&sum](const Row& row) { sum += mix(row.key, row.value); });
    return sum;
  }

 private:
  std::size_t slot(std::uint64_t key) const { return (hash64(key) << shared_bits) >> (64 - bits_); }
  // Out of line: the loops that add stay small.
  [[gnu::noinline]] void grow() {
    SumTable larger(*pool_, bits_ + 1);
    for_each([&larger](const Row& row) { larger.add(row.key, row.value); });
    std::swap(*this, larger);
  }

  BufferPool* pool_;
  Buffer<Row> rows_;
  int bits_;
  std::size_t mask_;
  std::size_t used_ = 0;
};

// The distance hides the time that a row takes to come from memory.
constexpr std::uint64_t kAhead = 32;

void add_range(SumTable<>& table, std::uint64_t begin, std::uint64_t end) {
  std::array<std::uint64_t, kAhead> keys;
  auto i = begin;
  for (; i + kAhead <= end; i += kAhead) {
    for (std::uint64_t j = 0; j < kAhead; ++j) keys[j] = key_of(i + j);
    for (auto key : keys) table.prefetch(key);
    for (std::uint64_t j = 0; j < kAhead; ++j) table.add(keys[j], i + j);
  }
  for (; i < end; ++i) table.add(key_of(i), i);
}

// The thread that merges a key.
int owner(std::uint64_t key, int threads) {
  return static_cast<int>(((hash64(key) >> 32) * static_cast<std::uint64_t>(threads)) >> 32);
}

std::uint64_t merge(BufferPool& pool, const std::vector<SumTable<>>& tables) {
  const auto threads = static_cast<int>(tables.size());
  std::atomic<std::uint64_t> checksum{0};
  on_threads(threads, [&](int thread) {
    SumTable<> merged(pool, tables[0].bits());
    for (const auto& table : tables) {
      table.for_each([&](const Row& row) {
        if (owner(row.key, threads) == thread) merged.add(row.key, row.value);
      });
    }
    checksum += merged.checksum();
  });
  return checksum;
}

Side with_prefetch(const Setup& setup) {
  return {.run = [pool = std::make_shared<BufferPool>(), pairs = setup.size(kPairs),
                  threads = setup.threads] {
    std::vector<SumTable<>> tables;
    for (int thread = 0; thread < threads; ++thread) tables.emplace_back(*pool, 16);
    on_threads(threads, [&](int thread) {
      add_range(tables[static_cast<std::size_t>(thread)], share(pairs, thread, threads),
                share(pairs, thread + 1, threads));
    });
    return Outcome(merge(*pool, tables));
  }};
}

constexpr int kRadixBits = 6;
constexpr std::size_t kParts = std::size_t{1} << kRadixBits;

// A thread's rows, each part in a stretch of its own.
struct Parted {
  Parted(BufferPool& pool, std::size_t each) : rows(pool, each * kParts), capacity(each) {}

  void fill(std::uint64_t begin, std::uint64_t end) {
    std::array<std::size_t, kParts> at;  // on the stack: stores to rows cannot change it
    for (std::size_t part = 0; part < kParts; ++part) at[part] = capacity * part;
    for (auto i = begin; i < end; ++i) {
      const auto key = key_of(i);
      rows[at[hash64(key) >> (64 - kRadixBits)]++] = {key, i};
    }
    ends = at;
  }
  void add_to(SumTable<kRadixBits>& table, std::size_t part) const {
    const auto end = ends[part];
    for (auto i = capacity * part; i < end; ++i) {
      const auto row = rows[i];
      table.add(row.key, row.value);
    }
  }

  Buffer<Row> rows;
  std::size_t capacity;
  std::array<std::size_t, kParts> ends{};
};

std::uint64_t sum_parts(BufferPool& pool, const std::vector<Parted>& parted) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> checksum{0};
  on_threads(static_cast<int>(parted.size()), [&](int) {
    SumTable<kRadixBits> table(pool, 15);
    for (std::size_t part; (part = next++) < kParts;) {
      table.clear();
      for (const auto& rows : parted) rows.add_to(table, part);
      checksum += table.checksum();
    }
  });
  return checksum;
}

Side with_radix(const Setup& setup) {
  return {.run = [pool = std::make_shared<BufferPool>(), pairs = setup.size(kPairs),
                  threads = setup.threads] {
    // The hash spreads the keys evenly: a fifth more than the mean is enough for each part.
    const auto mean = pairs / static_cast<std::uint64_t>(threads) / kParts;
    std::vector<Parted> parted;
    for (int thread = 0; thread < threads; ++thread) {
      parted.emplace_back(*pool, mean + mean / 5 + 4096);
    }
    on_threads(threads, [&](int thread) {
      parted[static_cast<std::size_t>(thread)].fill(share(pairs, thread, threads),
                                                    share(pairs, thread + 1, threads));
    });
    return Outcome(sum_parts(*pool, parted));
  }};
}

const Registered prefetched{{.name = "W4",
                             .title = "sum by key, 50M pairs, 1M keys",
                             .target = 1.0,
                             .engine = engine,
                             .hand = with_prefetch}};
const Registered radix{{.name = "W4/radix",
                        .title = "the same against a table for each of 64 radix partitions",
                        .then_target = 1.5,
                        .engine = engine,
                        .hand = with_radix}};

}  // namespace

}  // namespace bench
