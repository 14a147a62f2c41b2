#include "kindred/engine/bitwise.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace kindred::test {

enum class Colour { red };
union Either {
  int a;
  float b;
};

struct Point {
  int x;
  double y;
};
struct PointInside {
  bool set;
  Point point;
  float z;
};
struct Arrays {
  int numbers[3];
  Point points[2];
  std::array<std::pair<int, char>, 4> pairs;
  std::tuple<int, char> tuple;
  unsigned flag : 1;
};
struct WithDefaults {
  int x = 1;
  double y = 2;
};
struct Derived : Point {
  int z;
};

struct View {
  std::string_view text;
  int length;
};
struct Pointer {
  int* to;
};
struct NumbersThenPointer {
  int x;
  int y;
  const char* text;
};
// The compiler may fill the inner struct's fields one by one, and stop before the pointer.
struct PointerInside {
  NumbersThenPointer inner;
};
struct PointerInsideAtTheEnd {
  int z;
  NumbersThenPointer inner;
};
struct PointerInsideInTheMiddle {
  NumbersThenPointer inner;
  int z;
};
struct PointerInsideAnArray {
  NumbersThenPointer inner[2];
};
struct PointerInBase : NumbersThenPointer {
  int z;
};
struct PointerByDefault {
  int x = 1;
  const char* text = nullptr;
};
struct Reference {
  const int& to;
};
struct HasUnion {
  Either either;
};
struct HasString {
  std::string text;
};
struct Empty {};
class WithConstructor {
 public:
  explicit WithConstructor(int value) : value_(value) {}
  int value() const { return value_; }

 private:
  int value_;
};
struct HasConstructor {
  WithConstructor member;
};
class Declared {
 public:
  Declared() = default;
  explicit Declared(int value) : value_(value) {}

 private:
  int value_ = 0;
};

}  // namespace kindred::test

template <>
inline constexpr bool kindred::bitwise<kindred::test::Declared> = true;

namespace kindred::test {

struct HasDeclared {
  Declared member;
  int x;
};

TEST_CASE("numbers, enums and what is built of them are their bytes") {
  STATIC_REQUIRE(bitwise<int>);
  STATIC_REQUIRE(bitwise<bool>);
  STATIC_REQUIRE(bitwise<long double>);
  STATIC_REQUIRE(bitwise<Colour>);
  STATIC_REQUIRE(bitwise<int[3]>);
  STATIC_REQUIRE(bitwise<std::array<double, 4>>);
  STATIC_REQUIRE(bitwise<std::pair<int, double>>);
  STATIC_REQUIRE(bitwise<std::tuple<int, std::pair<char, Colour>, std::array<int, 2>>>);
}

TEST_CASE("a struct is its bytes where each field is, inner structs and arrays included") {
  STATIC_REQUIRE(bitwise<Point>);
  STATIC_REQUIRE(bitwise<PointInside>);
  STATIC_REQUIRE(bitwise<Arrays>);
  STATIC_REQUIRE(bitwise<WithDefaults>);
  STATIC_REQUIRE(bitwise<Derived>);
  STATIC_REQUIRE(bitwise<std::pair<Point, Arrays>>);
}

TEST_CASE("views, pointers and containers are never their bytes") {
  STATIC_REQUIRE(!bitwise<std::string_view>);
  STATIC_REQUIRE(!bitwise<const char*>);
  STATIC_REQUIRE(!bitwise<int Point::*>);
  STATIC_REQUIRE(!bitwise<std::nullptr_t>);
  STATIC_REQUIRE(!bitwise<std::string>);
  STATIC_REQUIRE(!bitwise<std::vector<int>>);
  STATIC_REQUIRE(!bitwise<std::pair<int, const char*>>);
  STATIC_REQUIRE(!bitwise<std::tuple<int, std::string_view>>);
  STATIC_REQUIRE(!bitwise<std::array<std::string, 2>>);
  STATIC_REQUIRE(!bitwise<std::tuple<int&>>);
}

TEST_CASE("a struct with a view, a pointer or a reference in it is not its bytes, however deep") {
  STATIC_REQUIRE(!bitwise<View>);
  STATIC_REQUIRE(!bitwise<Pointer>);
  STATIC_REQUIRE(!bitwise<NumbersThenPointer>);
  STATIC_REQUIRE(!bitwise<PointerInside>);
  STATIC_REQUIRE(!bitwise<PointerInsideAtTheEnd>);
  STATIC_REQUIRE(!bitwise<PointerInsideInTheMiddle>);
  STATIC_REQUIRE(!bitwise<PointerInsideAnArray>);
  STATIC_REQUIRE(!bitwise<PointerInBase>);
  STATIC_REQUIRE(!bitwise<PointerByDefault>);
  STATIC_REQUIRE(!bitwise<Reference>);
}

TEST_CASE("a class with a constructor is its bytes only where the user says so") {
  STATIC_REQUIRE(!bitwise<WithConstructor>);
  STATIC_REQUIRE(!bitwise<HasConstructor>);
  STATIC_REQUIRE(bitwise<Declared>);
  STATIC_REQUIRE(bitwise<HasDeclared>);
}

TEST_CASE("empty structs, unions and structs with heap memory are not their bytes") {
  STATIC_REQUIRE(!bitwise<Empty>);
  STATIC_REQUIRE(!bitwise<Either>);
  STATIC_REQUIRE(!bitwise<HasUnion>);
  STATIC_REQUIRE(!bitwise<HasString>);
}

}  // namespace kindred::test
