#include "kindred/engine/combine_table.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

// What a combine table must give: the keys in the order first seen, and their values.
template <class K, class V>
class Model {
 public:
  template <class Combine>
  void add(const K& key, const V& value, const Combine& combine) {
    const auto [at, added] = index_.try_emplace(key, rows.size());
    if (added) {
      rows.emplace_back(key, value);
    } else {
      rows[at->second].second = combine(rows[at->second].second, value);
    }
  }
  std::vector<std::pair<K, V>> rows;

 private:
  std::map<K, std::size_t> index_;
};

template <class K, class V, class MakeKey, class MakeValue, class Combine>
void agrees_with_model(std::size_t adds, MakeKey make_key, MakeValue make_value, Combine combine) {
  const auto memory = std::make_shared<MemoryManager>();
  {
    CombineTable<K, V> table(memory);
    Model<K, V> model;
    for (std::size_t i = 0; i < adds; ++i) {
      const K key = make_key();
      const V value = make_value();
      model.add(key, value, combine);
      table.add(pass(key), value, combine);
    }
    table.finish(combine);
    REQUIRE(table.size() == model.rows.size());
    const auto rows = std::as_const(table).rows();
    REQUIRE(std::vector(rows.begin(), rows.end()) == model.rows);
    if (adds > 0) REQUIRE(memory->used() >= table.size() * sizeof(std::pair<K, V>));
  }
  REQUIRE(memory->used() == 0);
}

// Not commutative: the order of the values must be kept.
const auto kFold = [](std::uint64_t a, std::uint64_t b) { return a * 31 + b; };
const auto kConcatenate = [](std::string a, const std::string& b) { return std::move(a) + b; };
const auto kAppend = [](std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
};

}  // namespace

TEST_CASE("a combine table of numbers agrees with a map, small and beyond the batching limit") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t adds : {0, 1, 2, 31, 33, 1000, 200'000}) {
    for (const std::uint64_t keys : {1, 10, 20'000, 1'000'000}) {
      agrees_with_model<std::uint64_t, std::uint64_t>(
          adds, [&] { return random.below(keys); }, [&] { return random.engine(); }, kFold);
    }
  }
}

TEST_CASE("a combine table of pairs agrees with a map") {
  test::Random random;
  WITH_SEED(random);
  for (const std::size_t adds : {10, 100'000}) {
    agrees_with_model<std::pair<int, std::int8_t>, std::uint64_t>(
        adds,
        [&] {
          return std::pair(static_cast<int>(random.below(1000)),
                           static_cast<std::int8_t>(random.below(100)));
        },
        [&] { return random.engine(); }, kFold);
    agrees_with_model<std::pair<std::string, int>, std::uint64_t>(
        adds, [&] { return std::pair(random.text(2), static_cast<int>(random.below(3))); },
        [&] { return random.engine(); }, kFold);
  }
}

TEST_CASE("a combine table of strings agrees with a map, strings and vectors as values too") {
  test::Random random;
  WITH_SEED(random);
  const auto key = [&] { return random.text(3) + "a part that is longer than sixteen letters"; };
  agrees_with_model<std::string, std::uint64_t>(
      100'000, key, [&] { return random.engine(); }, kFold);
  agrees_with_model<std::string, std::string>(
      10'000, [&] { return random.text(2); }, [&] { return random.text(10); }, kConcatenate);
  agrees_with_model<int, std::vector<int>>(
      10'000, [&] { return static_cast<int>(random.below(100)); },
      [&] { return std::vector<int>(random.below(4), 7); }, kAppend);
  agrees_with_model<std::vector<int>, std::uint64_t>(
      10'000, [&] { return std::vector<int>(random.below(3), static_cast<int>(random.below(9))); },
      [&] { return random.engine(); }, kFold);
}

TEST_CASE("many texts, of which only the short ones wait, keep the order of each key's values") {
  test::Random random;
  WITH_SEED(random);
  const auto key = [&] {
    auto text = std::to_string(random.below(60'000));
    if (text.size() % 2 == 1) text.append(59 + text.size(), '.');  // around the most that may wait
    return text;
  };
  agrees_with_model<std::string, std::uint64_t>(
      300'000, key, [&] { return random.engine(); }, kFold);
}

TEST_CASE("all NaNs of a table are one row, and so are 0.0 and -0.0") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  CombineTable<double, int> table(std::make_shared<MemoryManager>());
  const auto plus = [](int a, int b) { return a + b; };
  for (const auto key : {nan, 0.0, -nan, -0.0, nan, 1.0}) table.add(key, 1, plus);
  table.finish(plus);
  REQUIRE(table.size() == 3);
  REQUIRE(table.rows()[0].second == 3);
  REQUIRE(table.rows()[1].second == 2);
}

TEST_CASE("values that shrink and grow again do not add up in the memory that is held") {
  const auto memory = std::make_shared<MemoryManager>();
  CombineTable<int, std::string> table(memory);
  const auto replace = [](const std::string&, const std::string& x) { return x; };
  for (int i = 0; i < 10'000; ++i) {
    table.add(1, std::string(10'000, 'x'), replace);
    table.add(1, std::string(), replace);
  }
  REQUIRE(memory->used() < 1'000'000);
}

TEST_CASE("a combine that throws leaves no memory behind") {
  const auto memory = std::make_shared<MemoryManager>();
  const auto fails = [](auto a, const auto& b) -> decltype(a) {
    if (b == decltype(a){}) throw std::runtime_error("bad row");
    return a;
  };
  {
    CombineTable<std::string, std::string> table(memory);
    for (int i = 0; i < 1000; ++i) table.add(std::to_string(i), std::string(100, 'x'), fails);
    REQUIRE_THROWS_WITH(table.add("7", std::string(), fails), "bad row");
  }
  REQUIRE(memory->used() == 0);
  {
    CombineTable<int, int> table(memory);
    const auto add_and_flush = [&] {
      for (int i = 0; i < 40'000; ++i) table.add(i % 20'000, i < 30'000 ? 1 : 0, fails);
      table.finish(fails);
    };
    REQUIRE_THROWS_WITH(add_and_flush(), "bad row");
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("the index finds each of many rows whose hashes are alike in half of their bits") {
  HashIndex index(std::make_shared<MemoryManager>());
  const auto hash = [](std::uint32_t row) { return (std::uint64_t{row} << 32) | (row % 5); };
  for (std::uint32_t row = 0; row < 500; ++row) {
    REQUIRE(index.find(hash(row), [&](std::uint32_t at) { return at == row; }) == HashIndex::kNone);
    index.insert(hash(row), row);
  }
  for (std::uint32_t row = 0; row < 500; ++row) {
    REQUIRE(index.find(hash(row), [&](std::uint32_t at) { return at == row; }) == row);
  }
}

TEST_CASE(
    "the memory of lists that grow by each value is counted, in no more time than they grow") {
  const auto memory = std::make_shared<MemoryManager>();
  const auto append = [](std::vector<std::string> list, const std::vector<std::string>& more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
  };
  {
    // With a count of all after each value this would look at 20 thousand million texts.
    constexpr int kValues = 200'000;
    CombineTable<int, std::vector<std::string>> table(memory);
    const std::vector<std::string> value{"a text that needs memory of its own, as most of them do"};
    for (int i = 0; i < kValues; ++i) table.add(i % 2, value, append);
    REQUIRE(table.size() == 2);
    REQUIRE(table.rows()[0].second.size() == kValues / 2);
    REQUIRE(memory->used() > kValues / 2 * heap_bytes(value));
  }
  REQUIRE(memory->used() == 0);
}

}  // namespace kindred
