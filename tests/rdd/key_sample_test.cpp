#include "kindred/rdd/key_sample.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "kindred/rdd/memory_sources.hpp"
#include "tests/catch.hpp"

using namespace kindred;
using namespace kindred::detail;

namespace {

using Row = std::pair<double, int>;
using Samples = std::vector<std::shared_ptr<const KeySample<double>>>;

// A source of one partition that stands for another one, whose number is the seed.
struct OnlyOne {
  const Parallelized<Row>& rows;
  template <class Sink>
  bool run(PartitionId, TaskContext& task, Sink& sink) const {
    return rows.run(PartitionId{0}, task, sink);
  }
};

// Draws from partitions as the tasks of a job do.
Samples draw(const std::vector<std::vector<Row>>& partitions, std::uint32_t size) {
  ExecutorStores stores;
  stores.memory = std::make_shared<MemoryManager>();
  const MapOutputsList none;
  const auto label = make_label("sort_by_key", SourceLocation::current());
  Samples samples;
  for (std::uint32_t p = 0; p < partitions.size(); ++p) {
    TaskContext task(stores, none, StageId{0}, PartitionId{p}, 0);
    const Parallelized<Row> source{std::make_shared<const std::vector<Row>>(partitions[p]), 1,
                                   label};
    samples.push_back(std::make_shared<const KeySample<double>>(
        SampleKeys<double>{size}.run(OnlyOne{source}, PartitionId{p}, task, *label)));
  }
  return samples;
}

std::vector<std::size_t> range_sizes(const std::vector<std::vector<Row>>& partitions,
                                     std::uint32_t ranges) {
  const auto size = sample_size(ranges, static_cast<std::uint32_t>(partitions.size()));
  const auto bounds = range_bounds<double>(draw(partitions, size), ranges);
  REQUIRE(std::is_sorted(bounds.begin(), bounds.end()));
  REQUIRE(bounds.size() < ranges);
  std::vector<std::size_t> sizes(ranges);
  for (const auto& rows : partitions) {
    for (const auto& row : rows) ++sizes[range_of(bounds, row.first)];
  }
  return sizes;
}

}  // namespace

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
  REQUIRE(range_bounds<double>(draw({{}, {}}, 20), 4).empty());
}

TEST_CASE("every attempt at a partition draws the same sample") {
  std::vector<std::vector<Row>> partitions(2);
  for (int i = 0; i < 5'000; ++i) partitions[static_cast<std::size_t>(i % 2)].emplace_back(i, i);
  const auto once = draw(partitions, 50);
  const auto again = draw(partitions, 50);
  for (std::size_t p = 0; p < 2; ++p) {
    REQUIRE(once[p]->keys.size() == 50);
    REQUIRE(once[p]->rows == 2'500);
    REQUIRE(once[p]->keys == again[p]->keys);
  }
  REQUIRE(once[0]->keys != once[1]->keys);
}
