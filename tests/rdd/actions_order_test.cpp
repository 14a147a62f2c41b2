#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/rdd/everywhere.hpp"

using namespace kindred;
using namespace kindred::test;

namespace {

// What a stable sort by `less` puts first.
template <class T, class Less>
std::vector<T> model(std::vector<T> rows, std::size_t n, Less less) {
  std::stable_sort(rows.begin(), rows.end(), less);
  rows.resize(std::min(n, rows.size()));
  return rows;
}

struct Person {
  std::string name;
  int age = 0;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, age);
  }
  friend bool operator==(const Person&, const Person&) = default;
};

// Points into the text that it was made of; the compiler knows nothing of that.
struct Tail {
  std::string_view text;
  friend bool operator<(const Tail& a, const Tail& b) { return a.text < b.text; }
};
Tail tail_of(const std::string& text) { return {std::string_view(text).substr(1)}; }

}  // namespace

TEST_CASE("the key of an order may point into the element") {
  everywhere([](Context& context, int partitions) {
    const std::vector<std::string> texts{"z a text that is too long to be short",
                                         "a z text that is too long to be short",
                                         "m m text that is too long to be short"};
    const auto rows = context.parallelize(texts, partitions);
    REQUIRE(rows.top(3, fn<&tail_of>) == std::vector<std::string>{texts[1], texts[2], texts[0]});
    REQUIRE(rows.min(fn<&tail_of>) == texts[0]);
  });
}

TEST_CASE("min, max, top and take_ordered agree with a sorted vector") {
  everywhere([](Context& context, int partitions) {
    for (const auto& rows : model_rows()) {
      const auto numbers = context.parallelize(rows, partitions);
      for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{60},
                                  std::numeric_limits<std::size_t>::max()}) {
        REQUIRE(numbers.take_ordered(n) == model(rows, n, std::less<>{}));
        REQUIRE(numbers.top(n) == model(rows, n, std::greater<>{}));
      }
      if (rows.empty()) continue;
      REQUIRE(numbers.min() == *std::min_element(rows.begin(), rows.end()));
      REQUIRE(numbers.max() == *std::max_element(rows.begin(), rows.end()));
    }
  });
}

TEST_CASE("of elements that are equal in the order the earlier ones are taken, earlier first") {
  everywhere([](Context& context, int partitions) {
    std::vector<std::pair<std::string, std::int64_t>> rows;
    for (std::int64_t i = 0; i < 100; ++i) rows.emplace_back(text_of(i), i * 7 % 5);
    const auto pairs = context.parallelize(rows, partitions);
    const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto greater = [](const auto& a, const auto& b) { return a.second > b.second; };
    const auto key = [](auto& row) { return row.second; };
    REQUIRE(pairs.take_ordered(30, less) == model(rows, 30, less));
    REQUIRE(pairs.take_ordered(30, key) == model(rows, 30, less));
    REQUIRE(pairs.top(30, key) == model(rows, 30, greater));
    REQUIRE(pairs.min(key) == model(rows, 1, less).front());
    REQUIRE(pairs.max(less) == model(rows, 1, greater).front());
  });
}

TEST_CASE("texts are ordered by themselves, by a key, and by functions of owned strings") {
  everywhere([](Context& context, int partitions) {
    const auto rows = texts_of(model_rows().back());
    const auto texts = context.parallelize(rows, partitions);
    const auto shorter = [](const auto& a, const auto& b) { return a.size() < b.size(); };
    REQUIRE(texts.take_ordered(20) == model(rows, 20, std::less<>{}));
    REQUIRE(texts.top(5, [](std::string_view text) { return text.size(); }) ==
            model(rows, 5, [](const auto& a, const auto& b) { return a.size() > b.size(); }));
    REQUIRE(texts.take_ordered(20, [](const std::string& a, const std::string& b) {
      return a.size() < b.size();
    }) == model(rows, 20, shorter));
    REQUIRE(texts.max() == *std::max_element(rows.begin(), rows.end()));
  });
}

TEST_CASE("NaN comes after all numbers, also where std::less or std::greater is asked for") {
  everywhere([](Context& context, int partitions) {
    const auto nan = std::nan("");
    const std::vector<double> rows{nan, 2, -1, nan, 3, -0.0, 0.0, 1};
    const auto numbers = context.parallelize(rows, partitions);
    REQUIRE(numbers.min() == -1);
    REQUIRE(std::isnan(numbers.max()));
    REQUIRE(numbers.take_ordered(4) == std::vector<double>{-1, -0.0, 0.0, 1});
    REQUIRE(std::signbit(numbers.take_ordered(2)[1]));
    REQUIRE(numbers.take_ordered(2, std::less<double>{}) == std::vector<double>{-1, -0.0});
    const auto greatest = numbers.take_ordered(3, std::greater<>{});
    REQUIRE((std::isnan(greatest[0]) && std::isnan(greatest[1]) && greatest[2] == 3));
    REQUIRE(numbers.max(std::greater<>{}) == -1);
  });
}

TEST_CASE("elements without an order of their own are compared by what captures travel with") {
  everywhere([](Context& context, int partitions) {
    const std::vector<Person> rows{{"Ada", 36}, {"Alan", 41}, {"Grace", 85}, {"Kurt", 41}};
    const auto people = context.parallelize(rows, partitions);
    REQUIRE(people.max(fn<&Person::age>).name == "Grace");
    REQUIRE(people.top(3, fn<&Person::age>) == std::vector<Person>{rows[2], rows[1], rows[3]});
    int centre = 40;
    REQUIRE(people.min([centre](const Person& person) { return std::abs(person.age - centre); }) ==
            rows[1]);
  });
}

TEST_CASE("min and max of nothing name the action and its line") {
  on_every_master([](Context& context) {
    const auto none = context.range(0, 0, 3);
    REQUIRE_THROWS_AS(none.min(), EmptyRddError);
    REQUIRE_THROWS_WITH(none.min(), contains_text("min at actions_order_test.cpp"));
    REQUIRE_THROWS_WITH(none.max(), contains_text("max at actions_order_test.cpp"));
    REQUIRE(none.top(3).empty());
    REQUIRE(none.take_ordered(3).empty());
  });
}

TEST_CASE("a comparator that throws is named, in a task and in the driver") {
  on_every_master([](Context& context) {
    const auto refuse = [](std::int64_t, std::int64_t) -> bool {
      throw std::runtime_error("no order");
    };
    REQUIRE_THROWS_WITH(
        context.range(0, 10, 2).top(3, refuse),
        contains_text("no order") && contains_text("top at actions_order_test.cpp"));
    REQUIRE_THROWS_WITH(context.range(0, 2, 2).min(refuse),
                        contains_text("no order") && contains_text("while the driver merged"));
    REQUIRE_THROWS_WITH(context.range(0, 2, 2).take_ordered(2, refuse),
                        contains_text("no order") && contains_text("while the driver merged"));
  });
}

TEST_CASE("a comparator that is no order gives some answer of the right length") {
  everywhere([](Context& context, int partitions) {
    const auto always = [](std::int64_t, std::int64_t) { return true; };
    REQUIRE(context.range(0, 1000, partitions).top(10, always).size() == 10);
  });
}
