// Ranges of keys of about equal numbers of rows, from a sample.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kindred/engine/archive.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/rdd/as_rest.hpp"
#include "kindred/rdd/pipeline.hpp"

namespace kindred::detail {

/// How many keys to sample in each of `maps` partitions to cut them into `reducers` ranges.
std::uint32_t sample_size(std::uint32_t reducers, std::uint32_t maps);

/// The keys sampled in one partition, and how many rows they stand for.
template <class K>
struct KeySample {
  std::uint64_t rows = 0;
  std::vector<K> keys;
};

/// Draws `size` keys of a partition at random (reservoir sampling), seeded by the partition, so
/// that every run and every attempt draws the same.
template <class K>
struct SampleKeys {
  std::uint32_t size = 0;

  template <class P>
  KeySample<K> run(const P& pipeline, PartitionId partition, TaskContext& task,
                   const OpLabel&) const {
    KeySample<K> sample;
    Reservation held(task.memory());
    held.add(size * sizeof(K));
    Draw draw{&sample, size, mix_bits(partition.value + 0x9e3779b97f4a7c15)};
    pipeline.run(partition, task, draw);
    return sample;
  }
  void encode(LineageWriter& out) const { out.value(size); }
  static SampleKeys decode(LineageReader& in) { return {in.value<std::uint32_t>()}; }
  static void write(OutputArchive& out, const KeySample<K>& sample) {
    write_value(out, sample.rows);
    write_value(out, sample.keys);
  }
  static KeySample<K> read(InputArchive& in, const MemoryRef&) {
    KeySample<K> sample;
    read_value(in, sample.rows);
    read_value(in, sample.keys);
    return sample;
  }

 private:
  struct Draw {
    KeySample<K>* sample;
    std::uint32_t size;
    std::uint64_t random;
    template <class X>
    bool operator()(X&& x) {
      const auto row = sample->rows++;
      if (row < size) {
        sample->keys.push_back(K(own(x.first)));
        return true;
      }
      random = mix_bits(random + 0x9e3779b97f4a7c15);
      const auto place =
          static_cast<std::uint64_t>((static_cast<unsigned __int128>(random) * (row + 1)) >> 64);
      if (place < size) sample->keys[place] = K(own(x.first));
      return true;
    }
  };
};

/// The keys at which `reducers` ranges of about equal numbers of rows begin, but for the first;
/// ascending, each once.
template <class K>
std::vector<K> range_bounds(const std::vector<std::shared_ptr<const KeySample<K>>>& samples,
                            std::uint32_t reducers) {
  struct Weighted {
    K key;
    double weight;  // rows that it stands for
  };
  std::vector<Weighted> drawn;
  double rows = 0;
  for (const auto& sample : samples) {
    const auto weight = static_cast<double>(sample->rows) /
                        static_cast<double>(std::max<std::size_t>(sample->keys.size(), 1));
    for (const auto& key : sample->keys) drawn.push_back({K(key), weight});
    rows += static_cast<double>(sample->rows);
  }
  std::stable_sort(drawn.begin(), drawn.end(),
                   [](const Weighted& a, const Weighted& b) { return key_less<K>(a.key, b.key); });
  std::vector<K> bounds;
  double before = 0;
  for (const auto& [key, weight] : drawn) {
    const auto wanted = rows * static_cast<double>(bounds.size() + 1) / reducers;
    if (before >= wanted && bounds.size() + 1 < reducers &&
        (bounds.empty() || key_less<K>(bounds.back(), key))) {
      bounds.push_back(key);
    }
    before += weight;
  }
  return bounds;
}

/// The range of a key, at rest or as it is passed: the number of bounds that are not greater than
/// it.
template <class K, class X>
std::uint32_t range_of(const std::vector<K>& bounds, const X& key) {
  return with_view<K>(key, [&]<class KeyView>(const KeyView& view) {
    const auto at = std::upper_bound(
        bounds.begin(), bounds.end(), view,
        [](const KeyView& a, const K& bound) { return key_less<KeyView>(a, pass(bound)); });
    return static_cast<std::uint32_t>(at - bounds.begin());
  });
}

}  // namespace kindred::detail
