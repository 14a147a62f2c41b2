#include "kindred/engine/key.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace test {

enum class Colour { red, green };
struct Cell {
  int row = 0;
  int column = 0;
  bool operator==(const Cell&) const = default;
};
struct Unhashed {
  int value = 0;
  bool operator==(const Unhashed&) const = default;
};
struct Incomparable {
  int value = 0;
};
// Has a std::hash too, which would tell texts apart that are equal.
struct AnyCase {
  std::string text;
  bool operator==(const AnyCase& other) const { return text.size() == other.text.size(); }
};

}  // namespace test
}  // namespace kindred

template <>
struct std::hash<kindred::test::Cell> {
  std::size_t operator()(const kindred::test::Cell& cell) const {
    return static_cast<std::size_t>(cell.row * 31 + cell.column);
  }
};

template <>
struct std::hash<kindred::test::Incomparable> {
  std::size_t operator()(const kindred::test::Incomparable&) const { return 0; }
};
template <>
struct std::hash<kindred::test::AnyCase> {
  std::size_t operator()(const kindred::test::AnyCase& any) const {
    return std::hash<std::string>{}(any.text);
  }
};
template <>
struct kindred::hash<kindred::test::AnyCase> {
  std::uint64_t operator()(const kindred::test::AnyCase& any) const { return any.text.size(); }
};

namespace kindred {
namespace {

using std::string;

const double kNan = std::numeric_limits<double>::quiet_NaN();
const double kInfinity = std::numeric_limits<double>::infinity();

template <class K>
void view_is_the_key(const K& key) {
  STATIC_REQUIRE(hashable_key<K>);
  decltype(auto) view = pass(key);
  REQUIRE(key_hash(view) == key_hash(key));
  REQUIRE(same_key(key, view));
  REQUIRE(same_key(view, key));
  if constexpr (orderable_key<K>) REQUIRE_FALSE(key_less(key, key));
}

}  // namespace

TEST_CASE("a view hashes as the key at rest, and is the same key") {
  view_is_the_key(7);
  view_is_the_key(test::Colour::green);
  view_is_the_key(string());
  view_is_the_key(string("a longer text than fits into a string itself"));
  view_is_the_key(std::pair(string("a"), 1));
  view_is_the_key(std::pair(std::pair(string("a"), 2.5), string("b")));
  view_is_the_key(std::tuple(string("a"), 1, string("c")));
  view_is_the_key(std::vector{1, 2, 3});
  view_is_the_key(std::vector<string>{"a", "b"});
  view_is_the_key(std::pair(std::vector<string>{"a"}, 1));
  view_is_the_key(test::Cell{1, 2});
  view_is_the_key(std::pair(test::Cell{1, 2}, string("x")));
}

TEST_CASE("keys that differ in one part are two keys") {
  REQUIRE_FALSE(same_key(std::pair(string("a"), 1), std::pair(string("a"), 2)));
  REQUIRE_FALSE(same_key(std::vector{1, 2}, std::vector{1, 2, 3}));
  REQUIRE_FALSE(same_key(std::vector{1, 2, 3}, std::vector{1, 2}));
  REQUIRE(key_hash(std::pair(1, 2)) != key_hash(std::pair(2, 1)));
  REQUIRE(key_hash(std::vector{0}) != key_hash(std::vector{0, 0}));
  REQUIRE(key_hash(std::vector<string>{"ab", "c"}) != key_hash(std::vector<string>{"a", "bc"}));
}

TEST_CASE("a key needs a hash in all of its parts") {
  STATIC_REQUIRE(!hashable_key<test::Unhashed>);
  STATIC_REQUIRE(!hashable_key<std::pair<int, test::Unhashed>>);
  STATIC_REQUIRE(!hashable_key<std::vector<test::Unhashed>>);
  STATIC_REQUIRE(orderable_key<std::pair<string, double>>);
  STATIC_REQUIRE(!orderable_key<test::Cell>);
}

TEST_CASE("all NaNs are one key, and so are 0.0 and -0.0") {
  REQUIRE(same_key(kNan, -kNan));
  REQUIRE(key_hash(kNan) == key_hash(-kNan));
  REQUIRE(key_hash(0.0) == key_hash(-0.0));
  REQUIRE(key_hash(0.0F) == key_hash(-0.0F));
  REQUIRE(key_hash(0.0L) == key_hash(-0.0L));
  REQUIRE(same_key(0.0, -0.0));
  REQUIRE_FALSE(same_key(kNan, 0.0));
  REQUIRE(same_key(std::pair(1, kNan), std::pair(1, -kNan)));
  REQUIRE(key_hash(std::tuple(kNan, -0.0)) == key_hash(std::tuple(-kNan, 0.0)));
  REQUIRE(same_key(std::vector{kNan}, std::vector{-kNan}));
  REQUIRE(key_hash(std::vector{kNan}) == key_hash(std::vector{-kNan}));
}

TEST_CASE("NaN comes after every number, and sorting has one result") {
  REQUIRE(key_less(kInfinity, kNan));
  REQUIRE_FALSE(key_less(kNan, kInfinity));
  REQUIRE_FALSE(key_less(kNan, kNan));
  REQUIRE_FALSE(key_less(-0.0, 0.0));
  REQUIRE_FALSE(key_less(0.0, -0.0));
  std::vector<double> numbers{kNan, 1, -kInfinity, kNan, kInfinity, -1};
  std::sort(numbers.begin(), numbers.end(), key_less<double>);
  REQUIRE(std::vector(numbers.begin(), numbers.begin() + 4) ==
          std::vector{-kInfinity, -1.0, 1.0, kInfinity});
  REQUIRE(numbers[4] != numbers[4]);
}

TEST_CASE("pairs, tuples and vectors are ordered by the first part that differs") {
  REQUIRE(key_less(std::pair(1, string("b")), std::pair(2, string("a"))));
  REQUIRE(key_less(std::pair(1, string("a")), std::pair(1, string("b"))));
  REQUIRE_FALSE(key_less(std::pair(2, 1), std::pair(1, 2)));
  REQUIRE(key_less(std::tuple(1, kInfinity, 5), std::tuple(1, kNan, 4)));
  REQUIRE(key_less(std::tuple(kNan, 1), std::tuple(-kNan, 2)));
  REQUIRE(key_less(std::vector{1, 2}, std::vector{1, 2, 0}));
  REQUIRE(key_less(std::vector{1.0, 5.0}, std::vector{1.0, kNan}));
  REQUIRE(key_less(string("a"), string("b")));
}

TEST_CASE("the order of random pairs is total: one is less, or they are the same key") {
  test::Random random;
  WITH_SEED(random);
  const std::vector<double> numbers{kNan, -kNan, 0.0, -0.0, 1, -1, kInfinity};
  for (int i = 0; i < 2000; ++i) {
    const auto any = [&] {
      return std::pair(numbers[random.below(numbers.size())], random.text(1));
    };
    const auto a = any();
    const auto b = any();
    REQUIRE(key_less(a, b) + key_less(b, a) + same_key(a, b) == 1);
    if (same_key(a, b)) REQUIRE(key_hash(a) == key_hash(b));
  }
}

TEST_CASE("a hash's partition is below the number of partitions") {
  test::Random random;
  WITH_SEED(random);
  for (const std::uint32_t partitions : {1U, 2U, 7U, 1000U, 4'294'967'295U}) {
    REQUIRE(partition_of_hash(0, partitions) == 0);
    REQUIRE(partition_of_hash(~std::uint64_t{0}, partitions) == partitions - 1);
    for (int i = 0; i < 1000; ++i) {
      REQUIRE(partition_of_hash(random.engine(), partitions) < partitions);
    }
  }
}

TEST_CASE("keys in a row, or far apart, are spread evenly over partitions") {
  for (const std::uint64_t step : {1ULL, 2ULL, 1024ULL, 1ULL << 32}) {
    constexpr std::uint32_t kPartitions = 16;
    constexpr std::uint64_t kKeys = 16'000;
    std::vector<int> counts(kPartitions);
    std::vector<int> low_bits(kPartitions);
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const auto hash = key_hash(i * step);
      ++counts[partition_of_hash(hash, kPartitions)];
      ++low_bits[hash % kPartitions];
    }
    for (const auto& spread : {counts, low_bits}) {
      REQUIRE(*std::min_element(spread.begin(), spread.end()) > 800);
      REQUIRE(*std::max_element(spread.begin(), spread.end()) < 1200);
    }
  }
}

TEST_CASE("a kindred::hash goes before a std::hash") {
  REQUIRE(hashable_key<test::AnyCase>);
  REQUIRE(key_hash(test::AnyCase{"ab"}) == key_hash(test::AnyCase{"xy"}));
  REQUIRE(key_hash(std::optional(test::AnyCase{"ab"})) ==
          key_hash(std::optional(test::AnyCase{"x "})));
}

TEST_CASE("what has no hash or no equality is no key, in whatever it lies") {
  STATIC_REQUIRE_FALSE(hashable_key<test::Incomparable>);
  STATIC_REQUIRE_FALSE(hashable_key<std::pair<int, test::Incomparable>>);
  STATIC_REQUIRE_FALSE(hashable_key<std::vector<test::Unhashed>>);
  STATIC_REQUIRE_FALSE(hashable_key<std::optional<test::Unhashed>>);
  STATIC_REQUIRE_FALSE(hashable_key<std::variant<int, test::Unhashed>>);
  STATIC_REQUIRE_FALSE(hashable_key<std::array<test::Unhashed, 2>>);
  STATIC_REQUIRE_FALSE(hashable_key<std::map<int, int>>);
}

TEST_CASE(
    "keys in arrays, optionals and variants are hashed, compared and ordered by their parts") {
  using Array = std::array<double, 3>;
  const Array with_nan{1, kNan, 0.0};
  view_is_the_key(with_nan);
  REQUIRE(same_key(with_nan, Array{1, -kNan, -0.0}));
  REQUIRE(key_hash(with_nan) == key_hash(Array{1, -kNan, -0.0}));
  REQUIRE(key_less(Array{1, 2, 3}, with_nan));
  view_is_the_key(std::optional(std::pair(string("a"), 1)));
  view_is_the_key(std::array{string("a"), string("b")});
  using Variant = std::variant<std::monostate, int, double, int, std::vector<string>>;
  view_is_the_key(Variant{});
  view_is_the_key(Variant(std::vector<string>{"a", "b"}));
  const Variant first(std::in_place_index<1>, 5);
  const Variant other(std::in_place_index<3>, 5);
  REQUIRE_FALSE(same_key(first, other));
  REQUIRE(key_hash(first) != key_hash(other));
  REQUIRE(key_less(first, other));
  REQUIRE(same_key(Variant(kNan), Variant(-kNan)));
  REQUIRE(key_hash(Variant(kNan)) == key_hash(Variant(-kNan)));
  REQUIRE(key_less(Variant(2.0), Variant(kNan)));
  REQUIRE_FALSE(key_less(Variant(kNan), Variant(2.0)));
}

}  // namespace kindred
