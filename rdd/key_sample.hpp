// Ranges of keys of about equal numbers of rows, from a sample.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/memory.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/rows.hpp"
#include "kindred/engine/rows_archive.hpp"
#include "kindred/rdd/as_rest.hpp"
#include "kindred/rdd/pipeline.hpp"
#include "kindred/rdd/split_mix.hpp"

namespace kindred::detail {

/// How many keys to sample in each of `maps` partitions to cut them into `reducers` ranges.
std::uint32_t sample_size(std::uint32_t reducers, std::uint32_t maps);

/// The keys sampled in one partition, and how many rows they stand for.
template <class K>
struct KeySample {
  std::uint64_t rows = 0;
  Rows<K> keys;
};

/// Draws at most `size` keys at random, each row's with the same chance (reservoir sampling).
template <class K>
class Reservoir {
 public:
  Reservoir(std::uint32_t size, SplitMix random, const MemoryRef& memory)
      : size_(size), random_(random), keys_(Accounted<Stored>(memory)), heap_(memory) {}

  template <class X>
  void add(const X& key) {
    const auto row = rows_++;
    if (row < size_) {
      keys_.push_back(owned(key));
      return;
    }
    const auto place = random_.below(row + 1);
    if (place >= size_) return;
    auto drawn = owned(key);
    std::swap(keys_[place], drawn);  // not assigned: a text would keep the memory of the old one
    heap_.remove(heap_bytes_of(drawn));
  }
  /// The keys; to be called once, at the end.
  KeySample<K> take(const MemoryRef& memory) {
    KeySample<K> sample{rows_, Rows<K>(memory)};
    for (auto& key : keys_) sample.keys.push(K(std::move(key)));
    return sample;
  }

 private:
  // The elements of std::vector<bool> cannot be swapped.
  using Stored = std::conditional_t<std::is_same_v<K, bool>, unsigned char, K>;

  template <class X>
  Stored owned(const X& key) {
    Stored rested(own(key));
    heap_.add(heap_bytes_of(rested));
    return rested;
  }

  std::uint32_t size_;
  SplitMix random_;
  std::uint64_t rows_ = 0;
  AccountedVector<Stored> keys_;
  Reservation heap_;
};

/// Draws `size` keys of a partition at random, seeded by the partition, so that every run and every
/// attempt draws the same.
template <class K>
struct SampleKeys {
  std::uint32_t size = 0;

  struct Sink {
    Reservoir<K>* reservoir;
    template <class X>
    bool operator()(X&& x) {
      reservoir->add(x.first);
      return true;
    }
  };
  template <class P>
  KeySample<K> run(const P& pipeline, PartitionId partition, TaskContext& task,
                   const OpLabel&) const {
    Reservoir<K> reservoir(size, SplitMix(0, partition.value), task.memory());
    Sink sink{&reservoir};
    pipeline.run(partition, task, sink);
    return reservoir.take(task.memory());
  }
  void encode(LineageWriter& out) const { out.value(size); }
  static SampleKeys decode(LineageReader& in) { return {in.value<std::uint32_t>()}; }
  static void write(OutputArchive& out, const KeySample<K>& sample) {
    write_value(out, sample.rows);
    write_rows(out, sample.keys);
  }
  static KeySample<K> read(InputArchive& in, const MemoryRef& memory) {
    KeySample<K> sample{0, Rows<K>(memory)};
    read_value(in, sample.rows);
    read_rows(in, sample.keys);
    return sample;
  }
};

/// The keys at which `reducers` ranges of about equal numbers of rows begin, but for the first;
/// ascending, each once.
template <class K>
std::vector<K> range_bounds(const std::vector<std::shared_ptr<const KeySample<K>>>& samples,
                            std::uint32_t reducers, const MemoryRef& memory) {
  struct Weighted {
    const K* key;
    double weight;  // rows that it stands for
  };
  AccountedVector<Weighted> drawn{Accounted<Weighted>(memory)};
  double rows = 0;
  for (const auto& sample : samples) {
    const auto weight = static_cast<double>(sample->rows) /
                        static_cast<double>(std::max<std::size_t>(sample->keys.size(), 1));
    for (std::size_t i = 0; i < sample->keys.chunks(); ++i) {
      for (const auto& key : sample->keys.chunk(i)) drawn.push_back({&key, weight});
    }
    rows += static_cast<double>(sample->rows);
  }
  Reservation merge_space(memory);
  merge_space.add(drawn.size() / 2 * sizeof(Weighted));  // what std::stable_sort takes
  std::stable_sort(drawn.begin(), drawn.end(), [](const Weighted& a, const Weighted& b) {
    return key_less<K>(*a.key, *b.key);
  });
  std::vector<K> bounds;
  double before = 0;
  for (const auto& [key, weight] : drawn) {
    const auto wanted = rows * static_cast<double>(bounds.size() + 1) / reducers;
    if (before >= wanted && bounds.size() + 1 < reducers &&
        (bounds.empty() || key_less<K>(bounds.back(), *key))) {
      bounds.push_back(*key);
    }
    before += weight;
  }
  return bounds;
}

/// The range of a key, at rest or as it is passed: the number of bounds that are not greater than
/// it.
template <class K, class X>
std::uint32_t range_of(const std::vector<K>& bounds, const X& key) {
  if constexpr (std::is_arithmetic_v<K> && !std::is_same_v<K, bool>) {
    // Without branches, half of which would be mispredicted.
    const auto* at = bounds.data();
    for (auto left = bounds.size(); left > 0;) {
      const auto half = (left + 1) / 2;
      at += static_cast<std::size_t>(!key_less<K>(key, at[half - 1])) * half;
      left -= half;
    }
    return static_cast<std::uint32_t>(at - bounds.data());
  } else {
    return with_view<K>(key, [&]<class KeyView>(const KeyView& view) {
      const auto at = std::upper_bound(
          bounds.begin(), bounds.end(), view,
          [](const KeyView& a, const K& bound) { return key_less<KeyView>(a, pass(bound)); });
      return static_cast<std::uint32_t>(at - bounds.begin());
    });
  }
}

}  // namespace kindred::detail
