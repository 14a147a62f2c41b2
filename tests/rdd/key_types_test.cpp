// Each type that may be a key, as a key and as an element.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <cereal/types/map.hpp>
#include <cereal/types/variant.hpp>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

enum class Colour : std::uint8_t { red, green, blue, white, black };

// Its hash is a std::hash.
struct City {
  std::string name;
  std::int64_t people = 0;
  bool operator==(const City&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, people);
  }
};

// Its hash is a kindred::hash.
struct Cell {
  std::int64_t row = 0;
  std::int64_t column = 0;
  bool operator==(const Cell&) const = default;
};

}  // namespace

template <>
struct std::hash<City> {
  std::size_t operator()(const City& city) const { return std::hash<std::string>{}(city.name); }
};
template <>
struct kindred::hash<Cell> {
  std::uint64_t operator()(const Cell& cell) const {
    return kindred::key_hash(std::pair(cell.row, cell.column));
  }
};

namespace {

// `make_key` makes five keys of 0 to 4.
template <class MakeKey>
void is_a_key(MakeKey make_key) {
  on_every_master([&](Context& context) {
    const auto numbers = context.range(0, 33, 4);
    const auto sums =
        numbers.map([make_key](std::int64_t x) { return std::pair(make_key(x % 5), x); })
            .reduce_by_key(std::plus<>{}, 3)
            .map([](const auto& row) { return row.second; });
    std::vector<std::int64_t> expected(5);
    for (std::int64_t x = 0; x < 33; ++x) expected[static_cast<std::size_t>(x % 5)] += x;
    REQUIRE(sorted(sums.collect()) == sorted(expected));
    REQUIRE(
        numbers.map([make_key](std::int64_t x) { return make_key(x % 5); }).distinct(3).count() ==
        5);
  });
}

}  // namespace

TEST_CASE("numbers, truth values, characters and enums are keys") {
  is_a_key([](std::int64_t x) { return x; });
  is_a_key([](std::int64_t x) { return static_cast<double>(x) / 2; });
  is_a_key([](std::int64_t x) { return static_cast<char>('a' + x); });
  is_a_key([](std::int64_t x) { return static_cast<Colour>(x); });
}

TEST_CASE("texts, pairs and tuples are keys") {
  is_a_key([](std::int64_t x) { return text_of(x); });
  is_a_key([](std::int64_t x) { return std::pair(text_of(x / 2), x % 2 == 0); });
  is_a_key([](std::int64_t x) { return std::tuple(x / 2, x % 2, std::string("same")); });
}

TEST_CASE("vectors, arrays, optionals and variants are keys") {
  is_a_key(
      [](std::int64_t x) { return std::vector<std::string>(static_cast<std::size_t>(x), "a"); });
  is_a_key([](std::int64_t x) { return std::array{std::to_string(x), std::string("b")}; });
  is_a_key([](std::int64_t x) { return x == 2 ? std::nullopt : std::optional(std::pair(x, 1)); });
  is_a_key([](std::int64_t x) {
    using Either = std::variant<std::int64_t, std::string>;
    return x % 2 == 0 ? Either(x) : Either(text_of(x));
  });
}

TEST_CASE("structs with a std::hash or a kindred::hash are keys") {
  is_a_key([](std::int64_t x) { return City{text_of(x / 2), x}; });
  is_a_key([](std::int64_t x) { return Cell{x / 2, x % 2}; });
  is_a_key([](std::int64_t x) { return std::pair(Cell{x, x}, text_of(x)); });
}

TEST_CASE("maps and variants are values and elements") {
  on_every_master([](Context& context) {
    using Counts = std::map<std::string, std::int64_t>;
    const auto counts = context.range(0, 40, 3)
                            .map([](std::int64_t x) { return std::pair(x % 2, text_of(x % 5)); })
                            .aggregate_by_key(
                                Counts{},
                                [](Counts all, std::string_view text) {
                                  ++all[std::string(text)];
                                  return all;
                                },
                                [](Counts all, const Counts& more) {
                                  for (const auto& [text, n] : more) all[text] += n;
                                  return all;
                                },
                                2)
                            .collect();
    REQUIRE(counts.size() == 2);
    Counts expected;
    for (std::int64_t x = 0; x < 5; ++x) expected[text_of(x)] = 4;
    for (const auto& [key, all] : counts) REQUIRE(all == expected);
    using Either = std::variant<std::int64_t, std::string>;
    const auto sorted =
        context.range(0, 10, 2)
            .map([](std::int64_t x) { return x % 2 == 0 ? Either(-x) : Either(std::to_string(x)); })
            .sort_by([](const Either& either) { return either; })
            .collect();
    REQUIRE(sorted.front() == Either(-8));
    REQUIRE(sorted.back() == Either("9"));
  });
}
