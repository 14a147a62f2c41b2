#include "kindred/rdd/key_sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/memory_sources.hpp"
#include "tests/catch.hpp"
#include "tests/refusing_memory.hpp"

using namespace kindred;
using namespace kindred::detail;
using namespace kindred::test;

namespace {

using Row = std::pair<double, int>;
using Samples = std::vector<std::shared_ptr<const KeySample<double>>>;

// A source of one partition that stands for another one, whose number is the seed.
template <class T>
struct OnlyOne {
  const Parallelized<T>& rows;
  template <class Sink>
  bool run(PartitionId, TaskContext& task, Sink& sink) const {
    return rows.run(PartitionId{0}, task, sink);
  }
};

// Draws from a partition as a task of a job does.
template <class K>
KeySample<K> draw_one(const std::vector<std::pair<K, int>>& rows, std::uint32_t partition,
                      std::uint32_t size, const MemoryRef& memory) {
  ExecutorStores stores;
  stores.memory = memory;
  const MapOutputsList none;
  const auto label = make_label("sort_by_key", SourceLocation::current());
  TaskContext task(stores, none, StageId{0}, PartitionId{partition}, 0);
  using T = std::pair<K, int>;
  const Parallelized<T> source{std::make_shared<const std::vector<T>>(rows), 1, label};
  return SampleKeys<K>{size}.run(OnlyOne<T>{source}, PartitionId{partition}, task, *label);
}

Samples draw(const std::vector<std::vector<Row>>& partitions, std::uint32_t size) {
  Samples samples;
  for (std::uint32_t p = 0; p < partitions.size(); ++p) {
    samples.push_back(std::make_shared<const KeySample<double>>(
        draw_one(partitions[p], p, size, std::make_shared<MemoryManager>())));
  }
  return samples;
}

template <class K>
std::vector<K> keys_of(const KeySample<K>& sample) {
  std::vector<K> keys;
  for (std::size_t i = 0; i < sample.keys.chunks(); ++i) {
    const auto chunk = sample.keys.chunk(i);
    keys.insert(keys.end(), chunk.begin(), chunk.end());
  }
  return keys;
}

std::vector<double> bounds_of(const Samples& samples, std::uint32_t ranges) {
  return range_bounds<double>(samples, ranges, std::make_shared<MemoryManager>());
}

std::vector<std::size_t> range_sizes(const std::vector<std::vector<Row>>& partitions,
                                     std::uint32_t ranges) {
  const auto size = sample_size(ranges, static_cast<std::uint32_t>(partitions.size()));
  const auto bounds = bounds_of(draw(partitions, size), ranges);
  REQUIRE(std::is_sorted(bounds.begin(), bounds.end()));
  REQUIRE(bounds.size() < ranges);
  std::vector<std::size_t> sizes(ranges);
  for (const auto& rows : partitions) {
    for (const auto& row : rows) ++sizes[range_of(bounds, row.first)];
  }
  return sizes;
}

}  // namespace

TEST_CASE("the range of a key is the number of bounds that are not greater, NaN above all") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<double> bounds(size);
    for (std::size_t i = 0; i < size; ++i) bounds[i] = static_cast<double>(i / 2 * 2);
    if (size > 30) bounds.back() = nan;
    for (double key = -1; key <= static_cast<double>(size) + 1; key += 0.5) {
      const auto expected =
          std::count_if(bounds.begin(), bounds.end(), [key](double bound) { return bound <= key; });
      REQUIRE(range_of(bounds, key) == expected);
    }
    REQUIRE(range_of(bounds, nan) == size);
  }
  const std::vector<bool> truths{true};
  REQUIRE(range_of(truths, false) == 0);
  REQUIRE(range_of(truths, true) == 1);
}

TEST_CASE(
    "ranges hold about equal numbers of rows, for skewed keys and partitions of unequal size") {
  std::vector<std::vector<Row>> partitions(5);
  for (int i = 0; i < 50'000; ++i) {
    const auto p =
        static_cast<std::size_t>(i % 100 < 80 ? 0 : i % 4 + 1);  // most rows are in one partition
    partitions[p].emplace_back(std::pow(i * 7919LL % 50'000, 3), i);
  }
  const auto sizes = range_sizes(partitions, 8);
  // 50,000 rows in 8 ranges are 6,250 each; the sample is fixed by its seeds, so this is no matter
  // of luck.
  REQUIRE(*std::max_element(sizes.begin(), sizes.end()) < 2 * 6'250);
  REQUIRE(*std::min_element(sizes.begin(), sizes.end()) > 6'250 / 3);
}

TEST_CASE("a key that most rows have gets a range of its own, and no range is made twice") {
  std::vector<std::vector<Row>> partitions(3);
  for (int i = 0; i < 9'000; ++i)
    partitions[static_cast<std::size_t>(i % 3)].emplace_back(i % 10 < 9 ? 5.0 : i, i);
  const auto sizes = range_sizes(partitions, 6);
  REQUIRE(*std::max_element(sizes.begin(), sizes.end()) >= 8'100);
  REQUIRE(bounds_of(draw({{}, {}}, 20), 4).empty());
}

TEST_CASE("every attempt at a partition draws the same sample") {
  std::vector<std::vector<Row>> partitions(2);
  for (int i = 0; i < 5'000; ++i) partitions[static_cast<std::size_t>(i % 2)].emplace_back(i, i);
  const auto once = draw(partitions, 50);
  const auto again = draw(partitions, 50);
  for (std::size_t p = 0; p < 2; ++p) {
    REQUIRE(once[p]->keys.size() == 50);
    REQUIRE(once[p]->rows == 2'500);
    REQUIRE(keys_of(*once[p]) == keys_of(*again[p]));
  }
  REQUIRE(keys_of(*once[0]) != keys_of(*once[1]));
}

TEST_CASE("a sample asks for its keys and for what they hold, and gives back what it drew over") {
  std::vector<std::pair<std::string, int>> rows;
  for (int i = 0; i < 1'000; ++i) rows.emplace_back(std::string(i % 2 == 0 ? 10'000 : 3, 'k'), i);
  const auto memory = std::make_shared<MemoryManager>();
  {
    const auto sample = draw_one(rows, 0, 50, memory);
    std::size_t bytes = 0;
    for (const auto& key : keys_of(sample)) bytes += sizeof(key) + (key.size() > 15 ? 10'001 : 0);
    REQUIRE(sample.keys.size() == 50);
    REQUIRE(sample.keys.bytes() == bytes);
    REQUIRE(memory->used() >= bytes);
  }
  REQUIRE(memory->used() == 0);
  REQUIRE(memory->peak() < 2'000'000);
  const auto small = std::make_shared<MemoryManager>(100'000);
  REQUIRE_THROWS_AS(draw_one(rows, 0, 50, small), OutOfMemoryError);
  REQUIRE(small->used() == 0);
}

TEST_CASE("the bounds of ranges ask for the memory that they are found in") {
  const auto samples = draw({std::vector<Row>(1'000, {1.0, 1})}, 500);
  const auto requests = refuse_each_request([&](const MemoryRef& memory) {
    const auto bounds = range_bounds<double>(samples, 4, memory);
    REQUIRE(bounds == std::vector<double>{1.0});
  });
  REQUIRE(requests > 5);
}

TEST_CASE("truth values are sampled as all other keys") {
  std::vector<std::pair<bool, int>> rows;
  for (int i = 0; i < 1'000; ++i) rows.emplace_back(i % 4 == 0, i);
  const auto memory = std::make_shared<MemoryManager>();
  const auto keys = keys_of(draw_one(rows, 0, 100, memory));
  const auto least = std::count(keys.begin(), keys.end(), true);
  REQUIRE(least > 10);
  REQUIRE(least < 40);
}
