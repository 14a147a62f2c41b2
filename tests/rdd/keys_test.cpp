#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/rdd/pairs.hpp"

using namespace kindred;
using namespace kindred::test;

TEST_CASE("all NaN keys are one key, and so are 0.0 and -0.0") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::pair<double, int>> rows{
        {nan, 1}, {0.0, 2}, {-nan, 4}, {-0.0, 8}, {1.5, 16}};
    auto sums =
        context.parallelize(rows, partitions).reduce_by_key(std::plus<>{}).map([](double, int n) {
          return n;
        });
    REQUIRE(sorted(sums.collect()) == std::vector<int>{5, 10, 16});
  });
}

TEST_CASE("keys may be enums, pairs, tuples, and structs with a std::hash") {
  everywhere([](Context& context, int partitions) {
    const auto pairs = context.range(0, 30, partitions).map([](std::int64_t x) {
      return std::pair(std::pair(std::to_string(x % 2), x % 3), 1);
    });
    REQUIRE(pairs.reduce_by_key(std::plus<>{}, 2).count() == 6);
    const auto tuples = context.range(0, 30, partitions).map([](std::int64_t x) {
      return std::pair(std::tuple(x % 2, x % 3 == 0, 'c'), 1);
    });
    REQUIRE(tuples.reduce_by_key(std::plus<>{}, 2).count() == 4);
    REQUIRE(tuples.group_by_key(3).join(tuples.reduce_by_key(std::plus<>{}, 3)).count() == 4);
  });
}

TEST_CASE("keys may be bools and optionals, and all NaNs in optionals are one key") {
  everywhere([](Context& context, int partitions) {
    const auto parity = context.range(0, 10, partitions).map([](std::int64_t x) {
      return std::pair(x % 2 == 0, x);
    });
    const auto groups = parity.group_by_key(2).sort_by_key(SortOrder::ascending, 2);
    REQUIRE(groups.collect() == std::vector<std::pair<bool, std::vector<std::int64_t>>>{
                                    {false, {1, 3, 5, 7, 9}}, {true, {0, 2, 4, 6, 8}}});
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::pair<std::optional<double>, int>> rows{
        {nan, 1}, {3.0, 2}, {nan, 4}, {{}, 8}, {1.0, 16}};
    const auto numbers = [](auto rdd) { return rdd.map([](auto&, int n) { return n; }).collect(); };
    const auto optionals = context.parallelize(rows, partitions);
    REQUIRE(numbers(optionals.sort_by_key()) == std::vector<int>{8, 16, 2, 1, 4});
    REQUIRE(sorted(numbers(optionals.reduce_by_key(std::plus<>{}))) ==
            std::vector<int>{2, 5, 8, 16});
  });
}

namespace {

// Equal and hashed without regard to case, though it can be read as a text.
struct Name {
  std::string text;
  operator std::string_view() const { return text; }  // NOLINT
  template <class Archive>
  void serialize(Archive& archive) {
    archive(text);
  }
  std::string lower() const {
    auto low = text;
    for (auto& c : low) c = static_cast<char>(std::tolower(c));
    return low;
  }
  friend bool operator==(const Name& a, const Name& b) { return a.lower() == b.lower(); }
};

}  // namespace

template <>
struct std::hash<Name> {
  std::size_t operator()(const Name& name) const { return std::hash<std::string>{}(name.lower()); }
};

TEST_CASE("the hash of a user's key type is used, whatever the type converts to") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::pair<Name, int>> rows{
        {{"Ada"}, 1}, {{"ADA"}, 2}, {{"bob"}, 4}, {{"Bob"}, 8}};
    const auto sums = context.parallelize(rows, partitions).reduce_by_key(std::plus<>{}, 3);
    REQUIRE(sorted(sums.map([](auto&, int n) { return n; }).collect()) == std::vector<int>{3, 12});
  });
}
