// W12: 20 million values brought together by one million keys, in their order; then all are read.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "by_hand.hpp"
#include "engine_side.hpp"
#include "generate.hpp"
#include "workload.hpp"

namespace bench {

namespace {

constexpr std::uint64_t kPairs = 20'000'000;
constexpr std::uint64_t kKeys = 1'000'000;

constexpr std::uint64_t key_of(std::uint64_t i) { return splitmix64(i) % kKeys; }

// Tells the order of a group's values too.
std::uint64_t group_sum(std::uint64_t key, std::span<const std::uint64_t> values) {
  std::uint64_t sum = 0;
  for (const auto value : values) sum = sum * 31 + value;
  return mix(key, sum);
}

Side engine(const Setup& setup) {
  auto context = make_context(setup);
  return engine_side(context, [context, pairs = std::int64_t(setup.size(kPairs))] {
    return context->range(0, pairs)
        .map([](std::int64_t i) { return std::pair(key_of(std::uint64_t(i)), std::uint64_t(i)); })
        .group_by_key()
        .map([](std::uint64_t key, std::span<const std::uint64_t> values) {
          return group_sum(key, values);
        })
        .sum();
  });
}

struct Row {
  std::uint64_t key;
  std::uint64_t value;
};
constexpr std::uint64_t kEmpty = ~std::uint64_t{0};

constexpr int kPartBits = 6;
constexpr std::size_t kParts = std::size_t{1} << kPartBits;

// A thread's rows, each part in a stretch of its own.
struct Parted {
  Parted(BufferPool& pool, std::size_t each) : rows(pool, each * kParts), capacity(each) {}

  void fill(std::uint64_t begin, std::uint64_t end) {
    std::array<std::size_t, kParts> at;  // on the stack: stores to rows cannot change it
    for (std::size_t part = 0; part < kParts; ++part) at[part] = capacity * part;
    for (auto i = begin; i < end; ++i) {
      const auto key = key_of(i);
      rows[at[hash64(key) >> (64 - kPartBits)]++] = {key, i};
    }
    ends = at;
  }
  std::span<const Row> part(std::size_t p) const {
    return {rows.begin() + capacity * p, rows.begin() + ends[p]};
  }

  Buffer<Row> rows;
  std::size_t capacity;
  std::array<std::size_t, kParts> ends{};
};

// All values, group after group; of each group its key and where its values end.
struct Groups {
  static constexpr std::size_t kCapacity = kKeys / kParts * 5 / 4;  // for the groups of one part

  Groups(BufferPool& pool, std::size_t size)
      : values(pool, size), groups(pool, kCapacity * kParts) {}

  std::uint64_t checksum(std::size_t part) const {
    std::uint64_t sum = 0;
    auto begin = starts[part];
    for (std::size_t i = 0; i < counts[part]; ++i) {
      const auto& group = groups[kCapacity * part + i];
      sum += group_sum(group.key, {values.begin() + begin, values.begin() + group.value});
      begin = group.value;
    }
    return sum;
  }

  Buffer<std::uint64_t> values;
  Buffer<Row> groups;
  std::array<std::size_t, kParts + 1> starts{};
  std::array<std::uint32_t, kParts> counts{};
};

// Counts the values of each group of a part, then puts each where it belongs.
class PartGrouper {
 public:
  void group(const std::vector<Parted>& parted, std::size_t part, Groups& out) {
    std::fill(table_.begin(), table_.end(), Entry{kEmpty, 0, 0});
    const auto total = out.starts[part + 1] - out.starts[part];
    if (group_of_.size() < total) group_of_.resize(total);
    auto* groups = out.groups.begin() + Groups::kCapacity * part;
    const auto count = find_groups(parted, part, groups);
    out.counts[part] = count;
    if (next_.size() < count) next_.resize(count);
    auto end = out.starts[part];
    for (std::uint32_t i = 0; i < count; ++i) {
      next_[i] = end;
      end += groups[i].value;
      groups[i].value = end;
    }
    std::size_t at = 0;
    for (const auto& rows : parted) {
      for (const auto& row : rows.part(part)) out.values[next_[group_of_[at++]]++] = row.value;
    }
  }

 private:
  struct Entry {
    std::uint64_t key;
    std::uint32_t values;
    std::uint32_t group;
  };
  static constexpr int kBits = 15;

  std::uint32_t find_groups(const std::vector<Parted>& parted, std::size_t part, Row* groups) {
    constexpr std::size_t kMask = (std::size_t{1} << kBits) - 1;
    std::uint32_t count = 0;
    std::size_t at = 0;
    for (const auto& rows : parted) {
      for (const auto& row : rows.part(part)) {
        auto slot = (hash64(row.key) << kPartBits) >> (64 - kBits);
        while (table_[slot].key != row.key && table_[slot].key != kEmpty) slot = (slot + 1) & kMask;
        if (table_[slot].key == kEmpty) {
          table_[slot] = {row.key, 0, count};
          groups[count++].key = row.key;
        }
        ++table_[slot].values;
        group_of_[at++] = table_[slot].group;
      }
    }
    for (const auto& entry : table_) {
      if (entry.key != kEmpty) groups[entry.group].value = entry.values;
    }
    return count;
  }

  std::vector<Entry> table_ = std::vector<Entry>(std::size_t{1} << kBits);
  std::vector<std::uint32_t> group_of_;
  std::vector<std::uint64_t> next_;
};

std::uint64_t group(BufferPool& pool, std::uint64_t pairs, const std::vector<Parted>& parted) {
  Groups groups(pool, pairs);
  std::size_t rows = 0;
  for (std::size_t part = 0; part < kParts; ++part) {
    groups.starts[part] = rows;
    for (const auto& of_thread : parted) rows += of_thread.part(part).size();
  }
  groups.starts[kParts] = rows;
  std::atomic<std::size_t> next{0};
  return sum_over_threads(static_cast<int>(parted.size()), [&](int) {
    PartGrouper grouper;
    std::uint64_t sum = 0;
    for (std::size_t part; (part = next++) < kParts;) {
      grouper.group(parted, part, groups);
      sum += groups.checksum(part);
    }
    return sum;
  });
}

Side by_hand(const Setup& setup) {
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
    return Outcome(group(*pool, pairs, parted));
  }};
}

const Registered w12{{.name = "W12",
                      .title = "group 20M pairs by 1M keys, radix, count and scatter",
                      .target = 2.0,
                      .then_target = 1.5,
                      .memory_target = 1.5,
                      .engine = engine,
                      .hand = by_hand}};

}  // namespace

}  // namespace bench
