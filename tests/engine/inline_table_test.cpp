#include "kindred/engine/inline_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table_for.hpp"
#include "tests/catch.hpp"
#include "tests/engine/folded_table.hpp"
#include "tests/engine/random.hpp"
#include "tests/refusing_memory.hpp"

namespace kindred {
namespace {

using test::kFold;
using test::rows_of;

template <class K>
using Table = InlineTable<K, std::uint64_t>;

template <class K>
void agrees_with_model(const test::Pairs<K>& added) {
  test::agrees_with_model<Table<K>>(added, Table<K>::kMostInOrder);
}
template <class K, class MakeKey>
void agrees_with_model(std::size_t adds, MakeKey make_key) {
  std::vector<std::pair<K, std::uint64_t>> added;
  for (std::size_t i = 0; i < adds; ++i) added.emplace_back(make_key(i), i);
  agrees_with_model<K>(added);
}

constexpr std::uint64_t kManyKeys = Table<std::uint64_t>::kMostInOrder;

// Integers that lie far from each other.
std::uint64_t sparse(std::uint64_t i) { return i * 0x9e3779b97f4a7c15; }

}  // namespace

TEST_CASE("an inline table agrees with a map, the key of an empty slot among its keys") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t adds : {0, 1, 31, 33, 10'000, 300'000}) {
    for (const std::uint64_t keys : {1, 2, 100, 20'000, 1'000'000}) {
      agrees_with_model<std::uint64_t>(adds, [&](auto) { return random.below(keys); });
      agrees_with_model<std::uint64_t>(adds, [&](auto) { return sparse(random.below(keys)); });
    }
  }
  for (const std::size_t adds : {kManyKeys, kManyKeys + 1}) {
    agrees_with_model<std::int32_t>(adds, [&](auto i) { return static_cast<std::int32_t>(i); });
    agrees_with_model<std::uint64_t>(adds, sparse);
  }
  agrees_with_model<std::pair<int, std::int8_t>>(300'000, [&](auto) {
    return std::pair(static_cast<int>(random.below(1000)),
                     static_cast<std::int8_t>(random.below(200)));
  });
}

TEST_CASE("keys at any distance from each other agree with a map") {
  // Multiples of the last lie close together where the golden ratio places them: 1346269 is a
  // Fibonacci number.
  for (const std::uint64_t distance :
       {std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1} << 20, std::uint64_t{1} << 44,
        std::uint64_t{1'346'269}}) {
    INFO("distance " << distance);
    agrees_with_model<std::uint64_t>(100'000, [&](auto i) { return i * distance; });
  }
}

TEST_CASE("the rows of one table agree with a map when added to the next in their order") {
  const auto memory = std::make_shared<MemoryManager>();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> added;
  for (std::uint64_t i = 0; i < 300'000; ++i) added.emplace_back(sparse(i), 1);
  agrees_with_model<std::uint64_t>(test::folded<Table<std::uint64_t>>(memory, added));
}

TEST_CASE("many integers close together come in their order, from a key far away on they do not") {
  const auto memory = std::make_shared<MemoryManager>();
  test::Random random;
  WITH_SEED(random);
  test::Pairs<std::int64_t> added;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    added.emplace_back(static_cast<std::int64_t>(random.below(100'000)) - 50'000, i);
  }
  agrees_with_model<std::int64_t>(added);
  const auto rows = test::folded<Table<std::int64_t>>(memory, added);
  const bool in_their_order = std::is_sorted(rows.begin(), rows.end());
  REQUIRE(in_their_order);

  for (const auto far : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-100'000'000},
                         std::int64_t{100'000'000}, std::numeric_limits<std::int64_t>::max()}) {
    INFO("key " << far);
    auto with_far = added;
    with_far.insert(with_far.begin() + 150'000, {far, 7});
    for (const auto& pair : added) with_far.push_back(pair);
    agrees_with_model<std::int64_t>(with_far);
    const auto mixed = test::folded<Table<std::int64_t>>(memory, with_far);
    const bool sorted = std::is_sorted(mixed.begin(), mixed.end());
    REQUIRE_FALSE(sorted);
  }
}

TEST_CASE("integers that come in their order, or against it, or from both ends, agree with a map") {
  agrees_with_model<std::uint32_t>(100'000,
                                   [](auto i) { return static_cast<std::uint32_t>(i * 3); });
  agrees_with_model<std::int64_t>(100'000, [](auto i) { return -static_cast<std::int64_t>(i); });
  agrees_with_model<std::int64_t>(100'000, [](auto i) {
    return i % 2 == 0 ? static_cast<std::int64_t>(i) : -static_cast<std::int64_t>(i);
  });
  agrees_with_model<std::uint64_t>(
      100'000, [](auto i) { return std::numeric_limits<std::uint64_t>::max() - i; });
}

namespace {

// Adds, and says so.
struct Add {
  double identity() const { return -0.0; }
  double operator()(double a, double b) const { return a + b; }
};

}  // namespace

TEST_CASE("a Combine with an identity gives what it gives without, down to the sign of a zero") {
  const auto added = [](const auto& combine) {
    InlineTable<std::uint32_t, double> table(std::make_shared<MemoryManager>());
    for (std::uint32_t i = 0; i < 200'000; ++i) {
      const auto key = i * 7919 % 100'000;
      table.add(key, key % 5 == 0 ? -0.0 : 1.0 / (1 + i), combine);
    }
    table.finish(combine);
    return rows_of(table);
  };
  const auto with = added(Add{});
  const auto without = added(std::plus<>{});
  REQUIRE(with.size() == 100'000);
  const bool same = with == without;
  REQUIRE(same);
  const bool same_signs = std::ranges::equal(with, without, [](const auto& a, const auto& b) {
    return std::signbit(a.second) == std::signbit(b.second);
  });
  REQUIRE(same_signs);
  REQUIRE(std::signbit(with[0].second));
}

TEST_CASE("the first rows that a table gives lie in all parts of a smaller one") {
  using Key = std::pair<std::uint32_t, std::uint32_t>;
  const auto memory = std::make_shared<MemoryManager>();
  std::vector<std::pair<Key, std::uint64_t>> added;
  for (std::uint32_t i = 0; i < 300'000; ++i) added.emplace_back(Key(i, i), 1);
  const auto rows = test::folded<Table<Key>>(memory, added);
  const SlotHash<Key> hash;
  for (const std::size_t first : {10'000, 50'000, 150'000}) {
    constexpr std::size_t kParts = 64;
    std::array<std::size_t, kParts> in_part{};
    for (std::size_t i = 0; i < first; ++i) ++in_part[hash(rows[i].first) >> 58];
    const auto most = *std::max_element(in_part.begin(), in_part.end());
    REQUIRE(most < 2 * first / kParts);
  }
}

namespace {

// Its user holds two of them for one where their last digit is.
enum class Digit : int {};
bool operator==(Digit a, Digit b) { return static_cast<int>(a) % 10 == static_cast<int>(b) % 10; }

}  // namespace

template <>
struct hash<Digit> {
  std::uint64_t operator()(Digit digit) const {
    return static_cast<std::uint64_t>(static_cast<int>(digit) % 10);
  }
};

TEST_CASE("enums are one key where their user says so") {
  STATIC_REQUIRE(inline_rows<Digit, int, int>);
  InlineTable<Digit, int> table(std::make_shared<MemoryManager>());
  for (int i = 1; i <= 1000; ++i) table.add(static_cast<Digit>(i), 1, std::plus<>{});
  table.finish(std::plus<>{});
  REQUIRE(table.size() == 10);
}

namespace {

// Its user's order says nothing of its numbers.
enum class Level : std::int32_t {};
[[maybe_unused]] bool operator<(Level a, Level b) {
  return static_cast<int>(b) < static_cast<int>(a);
}

}  // namespace

TEST_CASE("many enums close together are keys like the numbers that they are") {
  InlineTable<Level, int> table(std::make_shared<MemoryManager>());
  constexpr int kLevels = 100'000;
  for (int i = 0; i < kLevels; ++i) {
    table.add(static_cast<Level>(i - kLevels / 2), i, std::plus<>{});
    table.add(static_cast<Level>(kLevels / 2 - 1 - i), -i, std::plus<>{});
  }
  table.finish(std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == kLevels);
  bool right = true;
  for (int i = 0; i < kLevels; ++i) {
    const auto& [level, sum] = rows[static_cast<std::size_t>(i)];
    right = right && level == static_cast<Level>(i - kLevels / 2) && sum == 2 * i - (kLevels - 1);
  }
  REQUIRE(right);
}

TEST_CASE("the key of an empty slot is a key like others, before and after the table grows") {
  InlineTable<std::uint64_t, std::uint64_t> table(std::make_shared<MemoryManager>());
  table.add(7, 1, std::plus<>{});
  table.add(0, 10, std::plus<>{});
  for (std::uint64_t key = 1; key < 15'000; ++key) table.add(key, 1, std::plus<>{});
  table.add(0, 20, std::plus<>{});
  table.finish(std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == 15'000);
  REQUIRE(rows[0] == std::pair<std::uint64_t, std::uint64_t>(7, 2));
  REQUIRE(rows[1] == std::pair<std::uint64_t, std::uint64_t>(0, 30));
}

TEST_CASE("all NaNs of an inline table are one row, and so are 0.0 and -0.0") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  InlineTable<double, int> table(std::make_shared<MemoryManager>());
  for (const auto key : {nan, -0.0, -nan, 0.0, nan, 1.0}) table.add(key, 1, std::plus<>{});
  table.finish(std::plus<>{});
  const auto rows = rows_of(table);
  REQUIRE(rows.size() == 3);
  REQUIRE(rows[0].second == 3);
  REQUIRE(rows[1].second == 2);
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
  for (const std::uint64_t keys : {10, 10'000, 300'000}) {
    InlineTable<std::uint64_t, Folded, std::uint64_t> table(std::make_shared<MemoryManager>());
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
    const auto rows = rows_of(table);
    const bool same = std::map<std::uint64_t, Folded>(rows.begin(), rows.end()) == model;
    REQUIRE(same);
  }
}

TEST_CASE("a table gives no more rows than are wanted") {
  for (const int keys : {1000, 100'000}) {
    InlineTable<int, int> table(std::make_shared<MemoryManager>());
    for (int key = 0; key < keys; ++key) table.add(key, 1, std::plus<>{});
    table.finish(std::plus<>{});
    int stretches = 0;
    const bool all = table.for_each_rows([&](auto) { return ++stretches < 2; });
    REQUIRE_FALSE(all);
    REQUIRE(stretches == 2);
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
  combine_table_t<Reading, int> table(std::make_shared<MemoryManager>());
  for (int i = 0; i < 1000; ++i) table.add(Reading{1.5, i % 10}, 1, std::plus<>{});
  table.finish(std::plus<>{});
  REQUIRE(table.size() == 10);
}

TEST_CASE("memory that is refused to an inline table is an error, and none stays taken") {
  const auto requests = test::refuse_each_request([](const MemoryRef& memory) {
    Table<std::uint64_t> dense(memory);
    Table<std::uint64_t> hashed(memory);
    for (std::uint64_t i = 0; i < 270'000; ++i) {
      dense.add(i, i, kFold);
      hashed.add(i == 260'000 ? sparse(i) : i % 50'000, i, kFold);
    }
    dense.finish(kFold);
    hashed.finish(kFold);
    REQUIRE(memory->used() >= dense.size() * sizeof(std::uint64_t) +
                                  hashed.size() * sizeof(std::pair<std::uint64_t, std::uint64_t>));
  });
  REQUIRE(requests > 20);
}

TEST_CASE("a combine that throws leaves no memory of an inline table behind") {
  const auto memory = std::make_shared<MemoryManager>();
  {
    InlineTable<int, int> table(memory);
    const auto fails = [](int, int) -> int { throw std::runtime_error("bad row"); };
    for (int key = 0; key < 20'000; ++key) table.add(key, 1, fails);
    const auto add_again = [&] {
      for (int i = 0; i < 100; ++i) table.add(i, 1, fails);
    };
    REQUIRE_THROWS_WITH(add_again(), "bad row");
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("integers close together take little more memory than others, however close they are") {
  const auto peak = [](std::uint64_t keys, std::uint64_t distance, auto value) {
    const auto memory = std::make_shared<MemoryManager>();
    InlineTable<std::uint64_t, decltype(value)> table(memory);
    for (std::uint64_t i = 0; i < keys; ++i) table.add(i * distance, value, std::plus<>{});
    table.finish(std::plus<>{});
    REQUIRE(table.size() == keys);
    return memory->peak();
  };
  const auto far = std::uint64_t{1} << 40;
  for (const std::uint64_t keys : {1'000'000, 1'048'577, 2'000'000}) {
    for (const std::uint64_t distance : {1, 2, 3, 4, 5, 7, 8, 9, 20}) {
      INFO(keys << " keys at a distance of " << distance);
      REQUIRE(peak(keys, distance, std::int64_t{1}) <= peak(keys, far, std::int64_t{1}) * 3 / 2);
      REQUIRE(peak(keys, distance, float{1}) <= peak(keys, far, float{1}) * 3 / 2);
    }
  }
  for (const std::uint64_t keys : {16'385, 20'000, 40'000}) {
    for (const std::uint64_t distance : {1, 20, 60, 100, 400}) {
      INFO(keys << " keys at a distance of " << distance);
      REQUIRE(peak(keys, distance, 1) <= std::uint64_t{24} << 20);
    }
  }
}

}  // namespace kindred
