#include "kindred/engine/archive.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <cereal/types/map.hpp>

#include "tests/catch.hpp"

namespace kindred {
namespace {

enum class Colour : std::uint8_t { red, green = 200 };

struct Point {
  std::int32_t x;
  double y;
  bool operator==(const Point&) const = default;
};

struct Person {
  std::string name;
  std::vector<int> marks;
  std::map<std::string, int> ages;
  Colour colour = Colour::red;
  bool operator==(const Person&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(CEREAL_NVP(name), marks, ages, colour);
  }
};

template <class T>
std::string written(const T& value) {
  std::string bytes;
  OutputArchive out(bytes);
  write_value(out, value);
  return bytes;
}

template <class T>
T read(std::string_view bytes) {
  InputArchive in(bytes);
  T value{};
  read_value(in, value);
  in.finish();
  return value;
}

// The round trip, and every truncation of what was written.
template <class T>
void survives(const T& value) {
  static_assert(serialisable<T>);
  const auto bytes = written(value);
  REQUIRE(read<T>(bytes) == value);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    // In a buffer of its own, where a sanitizer sees a read beyond its end.
    const std::vector<char> part(bytes.begin(),
                                 bytes.begin() + static_cast<std::ptrdiff_t>(length));
    REQUIRE_THROWS_AS(read<T>(std::string_view(part.data(), part.size())), DecodeError);
  }
  REQUIRE_THROWS_AS(read<T>(bytes + '\0'), DecodeError);
}

// `size` stands where a length is read; nothing follows it.
std::string only_size(std::uint64_t size) { return written(size); }

}  // namespace

TEST_CASE("numbers and enums come back as they were written, and no part of them is enough") {
  survives(true);
  survives('x');
  survives(std::int8_t{-1});
  survives(std::numeric_limits<std::int64_t>::min());
  survives(std::numeric_limits<std::uint64_t>::max());
  survives(1.5F);
  survives(-0.0);
  survives(Colour::green);
}

TEST_CASE("strings come back with every byte that they hold") {
  survives(std::string());
  survives(std::string("a\0b\xff", 4));
  survives(std::u16string(u"kindred"));
  survives(std::string(1000, 'x'));
}

TEST_CASE("pairs, tuples and arrays come back by their parts") {
  survives(std::pair(1, 2.5));
  survives(std::pair(std::string("key"), 7));
  survives(std::tuple<>());
  survives(std::tuple(1, std::string("two"), 3.0, Colour::green));
  survives(std::array{1, 2, 3});
  survives(std::array{std::string("a"), std::string("b")});
}

TEST_CASE("vectors and optionals come back, empty and nested") {
  survives(std::vector<int>());
  survives(std::vector{1, 2, 3});
  survives(std::vector{true, false, true});
  survives(std::vector{std::string("a"), std::string()});
  survives(std::vector{std::pair(std::string("a"), 1), std::pair(std::string("b"), 2)});
  survives(std::vector<std::vector<std::string>>{{}, {"a"}, {"b", "c"}});
  survives(std::vector<Point>{{1, 2}, {3, 4}});
  survives(std::optional<int>());
  survives(std::optional(7));
  survives(std::optional(std::string("seven")));
  survives(std::vector<std::optional<std::pair<int, std::string>>>{{}, std::pair(1, "x")});
  survives(std::optional(std::vector{std::optional(1), std::optional<int>()}));
}

TEST_CASE("structs come back, as bytes or through their own serialize") {
  survives(Point{1, 2.5});
  survives(Person{"Ada", {1, 2}, {{"a", 1}, {"b", 2}}, Colour::green});
  survives(std::vector{Person{}, Person{"Alan", {}, {}, Colour::red}});
  survives(std::pair(std::optional(Person{"Ada", {3}, {}, Colour::red}), Point{}));
}

TEST_CASE("a size beyond the bytes that are left asks for no memory") {
  for (const auto size : {std::uint64_t{1} << 62, std::uint64_t{1} << 61, std::uint64_t{1} << 40,
                          std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1}}) {
    REQUIRE_THROWS_AS(read<std::string>(only_size(size)), DecodeError);
    REQUIRE_THROWS_AS(read<std::u16string>(only_size(size)), DecodeError);
    REQUIRE_THROWS_AS(read<std::vector<std::uint64_t>>(only_size(size)), DecodeError);
    REQUIRE_THROWS_AS(read<std::vector<bool>>(only_size(size)), DecodeError);
    REQUIRE_THROWS_AS(read<std::vector<std::string>>(only_size(size)), DecodeError);
    REQUIRE_THROWS_AS((read<std::vector<std::vector<Point>>>(only_size(size))), DecodeError);
    REQUIRE_THROWS_AS(read<Person>(only_size(size)), DecodeError);
  }
}

TEST_CASE("a size whose product with the element's size overflows is refused") {
  // 2^61 + 1 elements of 8 bytes are 8 bytes when counted in 64 bits.
  const auto bytes = only_size((std::uint64_t{1} << 61) + 1) + std::string(8, 'x');
  REQUIRE_THROWS_AS(read<std::vector<std::uint64_t>>(bytes), DecodeError);
}

TEST_CASE("a byte that is neither true nor false is refused where a bool is read") {
  REQUIRE_THROWS_AS(read<bool>("\x02"), DecodeError);
  REQUIRE_THROWS_AS(read<std::optional<int>>("\xffxxxx"), DecodeError);
  REQUIRE_THROWS_AS(read<std::vector<bool>>(only_size(1) + "\x07"), DecodeError);
}

TEST_CASE("reading into a value that is not empty leaves nothing of what it held") {
  const auto bytes = written(std::vector<std::string>{"new"});
  InputArchive in(bytes);
  std::vector<std::string> value{"old", "older"};
  read_value(in, value);
  REQUIRE(value == std::vector<std::string>{"new"});

  const auto none = written(std::optional<int>());
  InputArchive in_none(none);
  std::optional<int> number(7);
  read_value(in_none, number);
  REQUIRE(number == std::nullopt);
}

TEST_CASE("pointers and views are not serialisable, whatever holds them") {
  STATIC_REQUIRE(!serialisable<const char*>);
  STATIC_REQUIRE(!serialisable<std::string_view>);
  STATIC_REQUIRE(!serialisable<std::pair<int, const char*>>);
  STATIC_REQUIRE(!serialisable<std::vector<std::string_view>>);
  STATIC_REQUIRE(serialisable<std::vector<std::optional<Person>>>);
}

}  // namespace kindred
