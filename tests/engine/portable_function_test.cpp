#include "kindred/engine/portable_function.hpp"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <cereal/types/map.hpp>

#include "tests/catch.hpp"

namespace kindred {
namespace test {

int twice(int x) { return 2 * x; }

struct Point {
  int x;
  double y;
};

struct Lookup {
  std::map<std::string, int> table;
  int operator()(const std::string& key) const { return table.at(key); }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(table);
  }
};

}  // namespace test

namespace {

// The function as another process would get it. The first one is gone when it is read.
template <class F>
F sent(std::unique_ptr<F> f) {
  STATIC_REQUIRE(portable_function<F>);
  detail::check_captures(*f, OpLabel{"map", "", "test.cpp", 1});
  std::string bytes;
  OutputArchive out(bytes);
  detail::write_function(out, *f);
  f.reset();
  const std::string arrived = bytes;
  InputArchive in(arrived);
  auto read = detail::read_function<F>(in);
  in.finish();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    InputArchive part(std::string_view(bytes).substr(0, length));
    REQUIRE_THROWS_AS(detail::read_function<F>(part), DecodeError);
  }
  return read;
}
template <class F>
F send(F f) {
  return sent(std::make_unique<F>(std::move(f)));
}

const std::string kLong = "a text that is too long to lie inside of a string itself";

using detail::call;
using detail::call_form;
using detail::CallForm;

}  // namespace

TEST_CASE("a function without captures travels as nothing") {
  const auto f = send([](int x) { return x + 1; });
  REQUIRE(f(1) == 2);
  const auto g = send(fn<&test::twice>);
  REQUIRE(g(4) == 8);
}

TEST_CASE("captured numbers and structs of numbers travel as their bytes") {
  const int a = 3;
  const double b = 0.5;
  const test::Point point{7, 2};
  const auto f = send([a, b, point](int x) { return a * x + b + point.x * point.y; });
  REQUIRE(f(2) == 20.5);
}

TEST_CASE("capture() carries strings, vectors, optionals and structs to where the function runs") {
  const auto find = send(capture(kLong, [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }));
  REQUIRE(find("lie inside"));
  REQUIRE_FALSE(find("elsewhere"));

  const auto f =
      send(capture(std::vector<test::Point>{{1, 2}, {3, 4}}, std::optional(kLong), 5,
                   std::map<std::string, int>{{"a", 1}},
                   [](const auto& points, const auto& text, int n, auto& map, int x) {
                     return points[1].x + static_cast<int>(text->size()) + n + map.at("a") + x;
                   }));
  REQUIRE(f(100) == 109 + static_cast<int>(kLong.size()));
  const auto none = send(capture([](int x) { return x + 1; }));
  REQUIRE(none(1) == 2);
}

TEST_CASE("a captured function may be captured again, and an object with serialize travels") {
  const auto add = capture(
      kLong, [](const std::string& text, std::string_view x) { return text + std::string(x); });
  const auto twice =
      send(capture(add, [](const auto& f, std::string_view x) { return f(x) + "!"; }));
  REQUIRE(twice("?") == kLong + "?!");
  REQUIRE(send(test::Lookup{{{"a", 1}, {kLong, 2}}})(kLong) == 2);
}

TEST_CASE("what cannot travel is no portable function") {
  const std::string text;
  const auto captures_string = [text](int) { return text.size(); };
  STATIC_REQUIRE(!portable_function<decltype(captures_string)>);
  STATIC_REQUIRE(detail::is_function_pointer<decltype(&test::twice)>);
  STATIC_REQUIRE(detail::is_function_pointer<decltype(test::twice)>);
}

TEST_CASE("a function gets what is passed where it takes that") {
  const std::string_view text = kLong;
  const auto f = [](std::string_view x) { return x.substr(2); };
  STATIC_REQUIRE(call_form<decltype(f), std::string_view>() == CallForm::passed);
  REQUIRE(call(f, text).data() == text.data() + 2);  // no copy was made
  const auto whole = [](const auto& pair) { return pair.first; };
  REQUIRE(call(whole, std::pair(1, 2)) == 1);
}

TEST_CASE("a function may take the parts of a pair, a tuple or an array") {
  const auto f = [](auto& key, auto n) { return std::string(key) + std::to_string(n); };
  STATIC_REQUIRE(call_form<decltype(f), std::pair<std::string_view, int>>() == CallForm::parts);
  REQUIRE(call(f, std::pair(std::string_view("a"), 1)) == "a1");
  const auto g = [](int a, int b, int c) { return a + b + c; };
  REQUIRE(call(g, std::tuple(1, 2, 3)) == 6);
  REQUIRE(call(g, std::array{1, 2, 3}) == 6);
}

TEST_CASE("a function that takes only owned values gets them, and nothing it gives dangles") {
  const std::string_view text = kLong;
  const auto f = [](const std::string& x) -> std::string_view { return x; };
  STATIC_REQUIRE(call_form<decltype(f), std::string_view>() == CallForm::owned);
  STATIC_REQUIRE(std::is_same_v<detail::call_result_t<decltype(f), std::string_view>, std::string>);
  decltype(auto) result = call(f, text);
  REQUIRE(result == kLong);

  const auto reference = [](const std::string& x) -> const std::string& { return x; };
  decltype(auto) copy = call(reference, text);
  REQUIRE(copy == kLong);

  const auto views = [](const std::string& x) {
    return std::vector{std::string_view(x), std::string_view(x).substr(2)};
  };
  decltype(auto) owned = call(views, text);
  REQUIRE(owned[1] == kLong.substr(2));
  const auto optional = [](const std::string& x) { return std::optional<std::string_view>(x); };
  REQUIRE(*call(optional, text) == kLong);
}

TEST_CASE("a function that takes only owned parts gets them, and nothing it gives dangles") {
  const std::pair<std::string_view, int> row(kLong, 2);
  const auto f = [](const std::string& key, int n) {
    return std::pair(std::string_view(key).substr(static_cast<std::size_t>(n)), n);
  };
  STATIC_REQUIRE(call_form<decltype(f), decltype(row)>() == CallForm::owned_parts);
  STATIC_REQUIRE(detail::takes_owned<decltype(f), decltype(row)>);
  decltype(auto) result = call(f, row);
  STATIC_REQUIRE(std::is_same_v<decltype(result), std::pair<std::string, int>>);
  REQUIRE(result.first == kLong.substr(2));
}

TEST_CASE("functions that give nothing are called in each form") {
  static int sum = 0;
  const std::pair<std::string_view, int> row(kLong, 1);
  call([](const auto& pair) { sum += pair.second; }, row);
  call([](std::string_view, int n) { sum += n; }, row);
  call([](const std::pair<std::string, int>& pair) { sum += pair.second; }, row);
  call([](const std::string&, int n) { sum += n; }, row);
  REQUIRE(sum == 4);
}

TEST_CASE("a function that takes nothing of a row has no form, and a mutable lambda is known") {
  const auto f = [](int) {};
  STATIC_REQUIRE(!detail::callable<decltype(f), std::string_view>);
  auto counter = [n = 0](int) mutable { return ++n; };
  STATIC_REQUIRE(!detail::callable<decltype(counter), int>);
  STATIC_REQUIRE(detail::callable_if_mutable<decltype(counter), int>);
}

}  // namespace kindred
