#include "kindred/rdd/value_text.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <locale>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "tests/catch.hpp"

namespace {

struct Point {
  int x = 0;
  int y = 0;
  friend std::ostream& operator<<(std::ostream& out, const Point& point) {
    return out << point.x << '/' << point.y << " of " << 1234.5;
  }
};
struct Name {
  std::string text;
  friend std::string to_string(const Name& name) { return "name " + name.text; }
};
struct Silent {};
enum class Colour : std::uint8_t { red = 65, green };

struct Commas : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

template <class T>
std::string text_of(const T& value) {
  std::string text;
  kindred::detail::append_value(text, value);
  return text;
}

}  // namespace

TEST_CASE("numbers are the shortest text that reads back as the same number") {
  REQUIRE(text_of(1) == "1");
  REQUIRE(text_of(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  REQUIRE(text_of(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  REQUIRE(text_of(std::uint8_t{200}) == "200");
  REQUIRE(text_of(std::int8_t{-1}) == "-1");
  REQUIRE(text_of(0.1) == "0.1");
  REQUIRE(text_of(0.1F) == "0.1");
  REQUIRE(text_of(-0.0) == "-0");
  REQUIRE(text_of(std::nan("")) == "nan");
  REQUIRE(text_of(-std::nan("")) == "nan");
  REQUIRE(text_of(-HUGE_VAL) == "-inf");
  for (const double value : {1.0 / 3, 1e300, 5e-324, std::numeric_limits<double>::max(), 1e22}) {
    REQUIRE(std::strtod(text_of(value).c_str(), nullptr) == value);
  }
  REQUIRE(text_of(true) == "true");
  REQUIRE(text_of('x') == "x");
}

TEST_CASE(
    "texts are as they are, pairs and ranges in brackets, an empty optional is nothing, "
    "a variant what it holds") {
  using namespace std::string_literals;
  REQUIRE(text_of("a,\"b\"\0c"s) == "a,\"b\"\0c"s);
  REQUIRE(text_of(std::pair("k"s, 1)) == "(k,1)");
  REQUIRE(text_of(std::pair(std::string_view("k"), std::pair(1, 2.5))) == "(k,(1,2.5))");
  REQUIRE(text_of(std::tuple(1, "b"s, true)) == "(1,b,true)");
  REQUIRE(text_of(std::tuple<>()) == "()");
  REQUIRE(text_of(std::vector<int>{}) == "[]");
  REQUIRE(text_of(std::vector<std::string>{"a", "b"}) == "[a,b]");
  REQUIRE(text_of(std::vector<bool>{true, false}) == "[true,false]");
  REQUIRE(text_of(std::array<int, 2>{1, 2}) == "[1,2]");
  REQUIRE(text_of(std::map<std::string, int>{{"a", 1}, {"b", 2}}) == "[(a,1),(b,2)]");
  REQUIRE(text_of(std::pair(std::optional<int>(), std::optional<int>(3))) == "(,3)");
  using Either = std::variant<std::monostate, int, std::string>;
  REQUIRE(text_of(std::vector<Either>{"b"s, 1, {}}) == "[b,1,]");
}

TEST_CASE("types of users are written by their operator<< or to_string, enums as numbers") {
  REQUIRE(text_of(std::pair(Point{1, 2}, 3)) == "(1/2 of 1234.5,3)");
  REQUIRE(text_of(Name{"Ada"}) == "name Ada");
  REQUIRE(text_of(Colour::green) == "66");
  STATIC_REQUIRE(kindred::detail::has_text<std::vector<std::pair<Point, Name>>>());
  STATIC_REQUIRE(!kindred::detail::has_text<std::vector<std::pair<Point, Silent>>>());
  STATIC_REQUIRE(!kindred::detail::has_text<std::variant<int, Silent>>());
}

TEST_CASE("the program's locale does not change what an operator<< writes") {
  const auto before = std::locale::global(std::locale(std::locale::classic(), new Commas));
  const auto text = text_of(Point{1000000, 2});
  std::locale::global(before);
  REQUIRE(text == "1000000/2 of 1234.5");
}
