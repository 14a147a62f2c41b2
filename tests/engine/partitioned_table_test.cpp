#include "kindred/engine/partitioned_table.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

// Not commutative: the order of the values must be kept.
const auto kFold = [](std::uint64_t a, std::uint64_t b) { return a * 31 + b; };

template <class K, class MakeKey>
std::vector<std::pair<K, std::uint64_t>> rows_of(const MemoryRef& memory, std::uint64_t seed,
                                                 std::size_t adds, MakeKey make_key,
                                                 std::map<K, std::uint64_t>* model = nullptr) {
  std::mt19937_64 random(seed);
  PartitionedTable<K, std::uint64_t> table(memory);
  for (std::size_t i = 0; i < adds; ++i) {
    const K key = make_key(random);
    if (model != nullptr) {
      const auto [at, added] = model->try_emplace(key, i);
      if (!added) at->second = kFold(at->second, i);
    }
    table.add(pass(key), std::uint64_t{i}, kFold);
  }
  table.finish(kFold);
  std::vector<std::pair<K, std::uint64_t>> rows;
  table.for_each_rows([&](auto stretch) {
    rows.insert(rows.end(), stretch.begin(), stretch.end());
    return true;
  });
  REQUIRE(table.size() == rows.size());
  return rows;
}

template <class K, class MakeKey>
void agrees_with_model(std::uint64_t seed, std::size_t adds, MakeKey make_key) {
  const auto memory = std::make_shared<MemoryManager>();
  std::map<K, std::uint64_t> model;
  auto rows = rows_of<K>(memory, seed, adds, make_key, &model);
  REQUIRE(memory->used() == 0);
  // The same rows in the same order, whenever it runs.
  REQUIRE(rows_of<K>(memory, seed, adds, make_key) == rows);
  std::sort(rows.begin(), rows.end());
  REQUIRE(rows == std::vector<std::pair<K, std::uint64_t>>(model.begin(), model.end()));
}

}  // namespace

TEST_CASE("a partitioned table agrees with a map, before and after it is dealt out to parts") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed " << seed);
  for (const std::size_t adds : {0, 1, 1000, 262'144, 262'145, 500'000}) {
    for (const std::uint64_t keys : {1, 1000, 40'000, 1'000'000}) {
      agrees_with_model<std::uint64_t>(seed, adds,
                                       [keys](auto& random) { return random() % keys; });
    }
  }
  agrees_with_model<std::string>(seed, 50'000,
                                 [](auto& random) { return std::to_string(random() % 40'000); });
  agrees_with_model<std::pair<int, int>>(seed, 200'000, [](auto& random) {
    return std::pair(static_cast<int>(random() % 300), static_cast<int>(random() % 300));
  });
}

TEST_CASE("values are combined in their order where most keys are of one part") {
  // Keys whose hashes name one of the 256 parts, as a poor hash of a user's makes them.
  std::vector<std::uint64_t> keys;
  for (std::uint64_t key = 0; keys.size() < 20'001; ++key) {
    if ((key_hash(key) >> 32) % 256 == 7) keys.push_back(key);
  }
  for (std::uint64_t key = 0; keys.size() < 300'000; ++key) {
    if ((key_hash(key) >> 32) % 256 != 7) keys.push_back(key);
  }
  PartitionedTable<std::uint64_t, std::uint64_t> table(std::make_shared<MemoryManager>());
  std::map<std::uint64_t, std::uint64_t> model;
  for (const std::uint64_t value : {1, 2, 3}) {
    for (const auto key : keys) {
      table.add(key, value, kFold);
      const auto [at, added] = model.try_emplace(key, value);
      if (!added) at->second = kFold(at->second, value);
    }
  }
  table.finish(kFold);
  std::map<std::uint64_t, std::uint64_t> combined;
  table.for_each_rows([&](auto rows) {
    combined.insert(rows.begin(), rows.end());
    return true;
  });
  REQUIRE(table.size() == keys.size());
  const bool same = combined == model;  // 300,000 rows would be no message
  REQUIRE(same);
}

TEST_CASE("a few keys come in the order in which they were first seen") {
  PartitionedTable<int, int> table(std::make_shared<MemoryManager>());
  for (const int key : {5, 3, 9, 3, 5, 1}) table.add(key, 1, std::plus<>{});
  table.finish(std::plus<>{});
  std::vector<std::pair<int, int>> rows;
  table.for_each_rows([&](auto stretch) {
    rows.insert(rows.end(), stretch.begin(), stretch.end());
    return true;
  });
  REQUIRE(rows == std::vector<std::pair<int, int>>{{5, 2}, {3, 2}, {9, 1}, {1, 1}});
}

namespace {

// What is kept for a key is not what is added: how many values there were, and their fold.
using Folded = std::pair<std::uint32_t, std::uint64_t>;
struct CountAndFold {
  Folded create(std::uint64_t x) const { return {1, x + 1}; }
  Folded operator()(const Folded& folded, std::uint64_t x) const {
    return {folded.first + 1, folded.second * 31 + x};
  }
};

}  // namespace

TEST_CASE("the first value of each key is created, once, however many keys there are") {
  for (const std::uint64_t keys : {10, 30'000, 300'000}) {
    PartitionedTable<std::uint64_t, Folded, std::uint64_t> table(std::make_shared<MemoryManager>());
    std::map<std::uint64_t, Folded> model;
    for (std::uint64_t i = 0; i < 700'000; ++i) {
      const auto key = i * 7919 % keys;
      table.add(key, i, CountAndFold{});
      const auto at = model.find(key);
      if (at == model.end()) {
        model.emplace(key, CountAndFold{}.create(i));
      } else {
        at->second = CountAndFold{}(at->second, i);
      }
    }
    table.finish(CountAndFold{});
    REQUIRE(table.size() == model.size());
    std::map<std::uint64_t, Folded> folded;
    table.for_each_rows([&](auto rows) {
      folded.insert(rows.begin(), rows.end());
      return true;
    });
    const bool same = folded == model;
    REQUIRE(same);
  }
}

namespace {

// A key of a user's, no two of which are the same as long as they are as they were made.
struct Reading {
  double value = std::numeric_limits<double>::quiet_NaN();
  int sensor = 0;
  friend bool operator==(const Reading& a, const Reading& b) {
    return a.value == b.value && a.sensor == b.sensor;
  }
};

}  // namespace

template <>
struct hash<Reading> {
  std::uint64_t operator()(const Reading& reading) const {
    return key_hash(std::pair(reading.value, reading.sensor));
  }
};

TEST_CASE("a key of a user's type need not be equal to itself when it is new") {
  STATIC_REQUIRE(bitwise<Reading>);
  PartitionedTable<Reading, int> table(std::make_shared<MemoryManager>());
  for (int i = 0; i < 1000; ++i) table.add(Reading{1.5, i % 10}, 1, std::plus<>{});
  table.finish(std::plus<>{});
  REQUIRE(table.size() == 10);
}

TEST_CASE(
    "a partitioned table takes a small part of a small budget, and gives the same rows in the same "
    "order") {
  const auto make_key = [](auto& random) { return random() % 400'000; };
  const auto plenty = std::make_shared<MemoryManager>();
  const auto little = std::make_shared<MemoryManager>(std::uint64_t{64} << 20);
  REQUIRE(rows_of<std::uint64_t>(little, 1, 1'000'000, make_key) ==
          rows_of<std::uint64_t>(plenty, 1, 1'000'000, make_key));
}

TEST_CASE("memory that is refused to a partitioned table is an error, and none stays taken") {
  const auto fill = [](const MemoryRef& memory) {
    PartitionedTable<std::uint64_t, std::uint64_t> table(memory);
    for (std::uint64_t i = 0; i < 270'000; ++i) table.add(i, i, kFold);
    table.finish(kFold);
  };
  std::size_t n = 0;
  // Each part asks a few times: every 37th request stands for the others.
  for (bool refused = true; refused; n += 37) {
    const auto memory = std::make_shared<test::RefusingMemory>(n);
    try {
      fill(memory);
    } catch (const OutOfMemoryError&) {
    }
    refused = memory->refused();
    REQUIRE(memory->used() == 0);
  }
  REQUIRE(n > 500);
}

}  // namespace kindred
