// The maps of count_by_key, count_by_value and collect_as_map hold every key, or say that they
// cannot.
#include "kindred/rdd/key_map.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <cereal/types/variant.hpp>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Compared as the compiler does it, for which NaN is neither less, nor equal, nor greater.
struct Reading {
  double value = 0;
  friend auto operator<=>(const Reading&, const Reading&) = default;
};

// The same, as the documents say to write it.
struct Place {
  double east = 0;
  double north = 0;
  auto fields() const { return std::tuple(east, north); }
  friend bool operator==(const Place& a, const Place& b) {
    return same_key(a.fields(), b.fields());
  }
  friend bool operator<(const Place& a, const Place& b) {
    return KeyLess{}(a.fields(), b.fields());
  }
};

// With NaNs in it each two of them are in an order, but three may go round in a circle.
struct Circular {
  double first = 0;
  int second = 0;
  friend bool operator==(const Circular& a, const Circular& b) {
    return same_key(a.first, b.first) && a.second == b.second;
  }
  friend bool operator<(const Circular& a, const Circular& b) {
    if (a.first < b.first) return true;
    if (b.first < a.first) return false;
    return a.second < b.second;
  }
};

// Keys that differ by == and not by <.
struct Version {
  int number = 0;
  int build = 0;
  friend bool operator==(const Version&, const Version&) = default;
  friend bool operator<(const Version& a, const Version& b) { return a.number < b.number; }
};

template <class K>
using LessOf = typename KeyMap<K, int>::key_compare;

// How often each key occurs as a KeyMap, or nothing where that is refused.
template <class K>
std::optional<KeyMap<K, int>> counted(const std::vector<K>& keys) {
  const OpLabel op;
  try {
    KeyMap<K, int> counts;
    for (const auto& key : keys) ++detail::value_of(counts, key, op);
    detail::check_order_of(counts, op);
    return counts;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

// Each sequence of `length` of the keys.
template <class K, class Use>
void each_sequence(const std::vector<K>& keys, std::size_t length, const Use& use) {
  std::vector<std::size_t> at(length);
  for (;;) {
    std::vector<K> sequence;
    for (const auto i : at) sequence.push_back(keys[i]);
    use(sequence);
    std::size_t digit = 0;
    while (digit < length && ++at[digit] == keys.size()) at[digit++] = 0;
    if (digit == length) return;
  }
}

// Whether a map of each sequence has all of its keys, each with its number, or is refused. Gives
// how many were refused.
template <class K>
int refused_or_right(const std::vector<K>& keys) {
  int refused = 0;
  each_sequence(keys, 5, [&](const std::vector<K>& sequence) {
    const auto counts = counted(sequence);
    if (!counts) {
      ++refused;
      return;
    }
    for (const auto& key : sequence) {
      const auto expected = std::count_if(sequence.begin(), sequence.end(), [&](const K& other) {
        return &other == &key || same_key(key, other);  // a NaN may differ from itself
      });
      const auto found = counts->find(key);
      if (found == counts->end() || found->second != expected) {
        FAIL("a key is lost, or counted with another one");
      }
    }
  });
  return refused;
}

}  // namespace

template <>
struct std::hash<Reading> {
  std::size_t operator()(const Reading& key) const { return key_hash(key.value); }
};
template <>
struct std::hash<Place> {
  std::size_t operator()(const Place& key) const { return key_hash(key.fields()); }
};
template <>
struct std::hash<Circular> {
  std::size_t operator()(const Circular& key) const {
    return key_hash(std::tuple(key.first, key.second));
  }
};
template <>
struct std::hash<Version> {
  std::size_t operator()(const Version& key) const {
    return key_hash(std::tuple(key.number, key.build));
  }
};

TEST_CASE("a key in which NaN can be is ordered by KeyLess, any other one by std::less") {
  STATIC_REQUIRE(std::same_as<LessOf<std::variant<int, std::vector<float>>>, KeyLess>);
  STATIC_REQUIRE(std::same_as<LessOf<std::pair<int, std::optional<double>>>, KeyLess>);
  STATIC_REQUIRE(std::same_as<LessOf<std::tuple<int, std::array<double, 2>>>, KeyLess>);
  STATIC_REQUIRE(std::same_as<LessOf<std::string>, std::less<std::string>>);
  using Either = std::variant<int, std::string>;
  STATIC_REQUIRE(std::same_as<LessOf<Either>, std::less<Either>>);
}

TEST_CASE("a map has all keys, each once, or is refused, in whatever order they come") {
  REQUIRE(refused_or_right<double>({kNaN, 1, 2, -kNaN, 0.0, -0.0}) == 0);
  using Either = std::variant<double, std::string>;
  REQUIRE(refused_or_right<Either>({kNaN, 1.0, "a", 0.0, "nan"}) == 0);
  REQUIRE(refused_or_right<Place>({{kNaN, 1}, {1, kNaN}, {kNaN, kNaN}, {1, 1}, {2, 0}}) == 0);
  REQUIRE(refused_or_right<Reading>({{1}, {2}, {3}, {-0.0}, {0.0}}) == 0);
  REQUIRE(refused_or_right<Reading>({{kNaN}, {1}, {2}, {3}}) > 0);
  REQUIRE(refused_or_right<std::pair<int, Reading>>({{1, {kNaN}}, {1, {1}}, {2, {2}}}) > 0);
  REQUIRE(refused_or_right<Circular>({{kNaN, 1}, {5, 0}, {3, 2}, {4, 1}, {kNaN, 0}}) > 0);
  REQUIRE(refused_or_right<Version>({{1, 1}, {1, 2}, {2, 1}, {3, 1}}) > 0);
}

TEST_CASE("NaNs in variants are one key in counts and maps, beside all others") {
  everywhere([](Context& context, int partitions) {
    using Either = std::variant<double, std::string>;
    const std::vector<std::pair<Either, int>> rows{{kNaN, 1}, {2.0, 2},   {"two", 3},
                                                   {1.0, 4},  {-kNaN, 5}, {2.0, 6}};
    const auto pairs = context.parallelize(rows, partitions);
    const auto counts = pairs.count_by_key();
    REQUIRE(counts.size() == 4);
    REQUIRE(counts.at(kNaN) == 2);
    REQUIRE(counts.at(2.0) == 2);
    REQUIRE(pairs.keys().count_by_value().at(kNaN) == 2);
    const auto last = pairs.collect_as_map();
    REQUIRE(last.size() == 4);
    REQUIRE(last.at(kNaN) == 5);
    REQUIRE(last.at(1.0) == 4);
    REQUIRE(last.at("two") == 3);
  });
}

TEST_CASE("keys that < takes for one and == does not are an error that says what to write") {
  everywhere([](Context& context, int partitions) {
    const auto readings = context.parallelize(std::vector<Reading>{{1}, {kNaN}, {2}}, partitions);
    REQUIRE_THROWS_AS(readings.count_by_value(), UsageError);
    REQUIRE_THROWS_WITH(readings.count_by_value(),
                        contains_text("count_by_value at ") && contains_text("differ by =="));
    const std::vector<std::pair<Version, int>> versions{{{1, 1}, 1}, {{2, 1}, 2}, {{1, 2}, 3}};
    const auto pairs = context.parallelize(versions, partitions);
    REQUIRE_THROWS_WITH(pairs.count_by_key(),
                        contains_text("count_by_key at ") && contains_text("kindred::KeyLess"));
    REQUIRE_THROWS_WITH(pairs.collect_as_map(),
                        contains_text("collect_as_map at ") && contains_text("kindred::KeyLess"));
    const auto first = pairs.filter([](auto&, int n) { return n < 3; });
    REQUIRE(first.count_by_key() == KeyMap<Version, std::uint64_t>{{{1, 1}, 1}, {{2, 1}, 1}});
  });
}
