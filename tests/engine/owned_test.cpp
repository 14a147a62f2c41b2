#include "kindred/engine/owned.hpp"

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace kindred {
namespace test {

struct Page {
  std::string text;
};
inline std::size_t heap_bytes(const Page& page) { return page.text.capacity(); }
struct Unknown {
  std::string text;
};

}  // namespace test

namespace {

using std::string;
using std::string_view;

template <class T, class U>
inline constexpr bool same = std::is_same_v<T, U>;

// What is passed of a row at rest, and owned again, is the row.
template <class T>
void comes_back(const T& row) {
  decltype(auto) passed = pass(row);
  STATIC_REQUIRE(same<std::remove_cvref_t<decltype(passed)>, passed_t<T>>);
  STATIC_REQUIRE(same<owned_t<passed_t<T>>, T>);
  REQUIRE(own(passed) == row);
}

const string kLong(100, 'x');

}  // namespace

TEST_CASE("views are owned as what they view, in pairs, tuples and containers too") {
  STATIC_REQUIRE(same<owned_t<string_view>, string>);
  STATIC_REQUIRE(same<owned_t<const string&>, string>);
  STATIC_REQUIRE(same<owned_t<const char*>, string>);
  STATIC_REQUIRE(same<owned_t<std::span<const int>>, std::vector<int>>);
  STATIC_REQUIRE(same<owned_t<std::pair<string_view, int>>, std::pair<string, int>>);
  STATIC_REQUIRE(same<owned_t<std::pair<const string&, int&&>>, std::pair<string, int>>);
  STATIC_REQUIRE(same<owned_t<std::tuple<string_view, std::span<const double>>>,
                      std::tuple<string, std::vector<double>>>);
  STATIC_REQUIRE(same<owned_t<std::pair<std::pair<string_view, int>, string_view>>,
                      std::pair<std::pair<string, int>, string>>);
  STATIC_REQUIRE(same<owned_t<std::vector<string_view>>, std::vector<string>>);
  STATIC_REQUIRE(same<owned_t<std::span<const string_view>>, std::vector<string>>);
  STATIC_REQUIRE(same<owned_t<std::optional<string_view>>, std::optional<string>>);
  STATIC_REQUIRE(same<owned_t<std::array<string_view, 2>>, std::array<string, 2>>);
  STATIC_REQUIRE(same<owned_t<std::vector<bool>>, std::vector<bool>>);
  STATIC_REQUIRE(same<owned_t<std::vector<bool>::reference>, bool>);
}

TEST_CASE("a row that is passed and owned again is the same row") {
  comes_back(7);
  comes_back(kLong);
  comes_back(std::vector{1, 2, 3});
  comes_back(std::vector<string>{"a", kLong});
  comes_back(std::vector{true, false});
  comes_back(std::pair(1, 2.5));
  comes_back(std::pair(kLong, 7));
  comes_back(std::pair(std::pair(kLong, 1), std::vector{1.5}));
  comes_back(std::tuple(kLong, std::vector<string>{kLong}, 3));
  comes_back(std::optional(kLong));
  comes_back(std::pair(std::vector{1}, std::optional(2.5)));
  comes_back(std::pair(kLong, std::optional<int>()));
  comes_back(std::array{kLong, kLong});
}

TEST_CASE("a row is passed as a view where one can be taken, otherwise as a reference to itself") {
  STATIC_REQUIRE(passed_as_view<string>);
  STATIC_REQUIRE(passed_as_view<std::pair<string, int>>);
  STATIC_REQUIRE(!passed_as_view<std::pair<int, int>>);
  STATIC_REQUIRE(!passed_as_view<std::pair<string, std::vector<bool>>>);
  STATIC_REQUIRE(passed_as_view<std::pair<std::vector<int>, std::optional<double>>>);
  STATIC_REQUIRE(!passed_as_view<std::pair<std::vector<int>, std::optional<string>>>);
  STATIC_REQUIRE(!passed_as_view<std::pair<int, std::optional<int>>>);
  const std::pair<string, std::unique_ptr<int>> row(kLong, std::make_unique<int>(1));
  REQUIRE(&pass(row) == &row);
  const std::pair both(kLong, 1);
  REQUIRE(pass(both).first.data() == both.first.data());
}

TEST_CASE("what is owned does not point into what was passed") {
  auto text = std::make_unique<string>(kLong);
  const std::vector<string_view> words{*text, string_view(*text).substr(0, 50)};
  const auto owned = own(words);
  const auto pair = own(std::pair(std::optional<string_view>(*text), words));
  const auto array = own(std::array<string_view, 2>{*text, *text});
  text.reset();
  REQUIRE(owned == std::vector<string>{kLong, string(50, 'x')});
  REQUIRE(pair.first == kLong);
  REQUIRE(pair.second == owned);
  REQUIRE(array[1] == kLong);
  REQUIRE(own(std::optional<string_view>()) == std::nullopt);
}

TEST_CASE("a temporary is moved, not copied") {
  string text = kLong;
  const auto* at = text.data();
  REQUIRE(own(std::move(text)).data() == at);
  std::pair row(kLong, 1);
  at = row.first.data();
  const auto moved = own(std::move(row));
  REQUIRE(moved.first.data() == at);
  auto held = own(std::make_unique<int>(7));
  REQUIRE(*held == 7);
}

TEST_CASE("an lvalue is copied and stays as it was") {
  const string text = kLong;
  REQUIRE(own(text) == kLong);
  REQUIRE(text == kLong);
  std::pair<string_view, int> view(text, 1);
  REQUIRE(own(view) == std::pair(kLong, 1));
  REQUIRE(own("literal") + "" == "literal");
}

TEST_CASE("heap_bytes counts what values hold beside their own size") {
  REQUIRE(heap_bytes(7) == 0);
  REQUIRE(heap_bytes(string("short")) == 0);
  REQUIRE(heap_bytes(kLong) >= 101);
  REQUIRE(heap_bytes(std::pair(1, 2)) == 0);
  REQUIRE(heap_bytes(std::pair(kLong, 2)) == heap_bytes(kLong));
  REQUIRE(heap_bytes(std::tuple(kLong, 1, kLong)) == 2 * heap_bytes(kLong));
  REQUIRE(heap_bytes(std::vector<int>(10)) == 10 * sizeof(int));
  REQUIRE(heap_bytes(std::vector<string>(2, kLong)) == 2 * (sizeof(string) + heap_bytes(kLong)));
  REQUIRE(heap_bytes(std::vector<bool>(6400)) == 800);
  REQUIRE(heap_bytes(std::array{kLong, kLong}) == 2 * heap_bytes(kLong));
  REQUIRE(heap_bytes(std::optional(kLong)) == heap_bytes(kLong));
  REQUIRE(heap_bytes(std::optional<string>()) == 0);
}

TEST_CASE("heap_bytes of a user's type is found inside pairs and vectors") {
  const test::Page page{kLong};
  REQUIRE(detail::heap_bytes_of(page) == page.text.capacity());
  REQUIRE(heap_bytes(std::pair(1, page)) == page.text.capacity());
  REQUIRE(heap_bytes(std::vector{page}) >= sizeof(page) + kLong.size());
  REQUIRE(detail::heap_bytes_of(test::Unknown{kLong}) == 0);
}

}  // namespace kindred
