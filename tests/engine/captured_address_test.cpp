#include "kindred/engine/captured_address.hpp"

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "kindred/engine/error.hpp"
#include "kindred/engine/portable_function.hpp"
#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

using test::contains_text;

const OpLabel kLabel{"map", "distances", "pi.cpp", 12};
const std::string kOp = "map 'distances' at pi.cpp:12: ";
const std::string kReference = "captures a reference or a pointer";
const std::string kConstant = "captures a pointer to a constant of the program";

template <class F>
void check(const F& f) {
  detail::check_captures(f, kLabel);
}

struct Member {
  int factor = 2;
  auto times() {
    return [this](int x) { return x * factor; };
  }
};

struct [[gnu::packed]] Packed {
  char before;
  const int* to;
};

}  // namespace

TEST_CASE("a captured reference is an error that names the op, wherever the object lies") {
  int on_stack = 1;
  static int in_data = 1;
  const auto on_heap = std::make_unique<int>(1);
  int& heap = *on_heap;
  REQUIRE_THROWS_AS(check([&on_stack](int x) { return x + on_stack; }), UsageError);
  REQUIRE_THROWS_WITH(check([&on_stack](int x) { return x + on_stack; }),
                      contains_text(kOp) && contains_text(kReference));
  REQUIRE_THROWS_WITH(check([&heap](int x) { return x + heap; }), contains_text(kReference));
  REQUIRE_THROWS_WITH(check([at = &in_data](int x) { return x + *at; }), contains_text(kReference));
}

TEST_CASE("[this], pointers and views are errors that name the op") {
  Member member;
  REQUIRE_THROWS_WITH(check(member.times()), contains_text(kOp) && contains_text(kReference));
  const std::string text(100, 'x');
  REQUIRE_THROWS_WITH(check([view = std::string_view(text)] { return view.size(); }),
                      contains_text(kReference));
  REQUIRE_THROWS_WITH(check([at = text.c_str()] { return *at; }), contains_text(kReference));
  const int number = 1;
  REQUIRE_THROWS_WITH(check([a = 1.5, b = 'x', at = &number] { return a + b + *at; }),
                      contains_text("capture(value"));
}

TEST_CASE("a captured string literal or function gets a text of its own") {
  const char* literal = "a constant";
  REQUIRE_THROWS_WITH(check([literal] { return *literal; }),
                      contains_text(kOp) && contains_text(kConstant));
  REQUIRE_THROWS_WITH(check([view = std::string_view("a constant")] { return view.size(); }),
                      contains_text("std::string(text)"));
  int (*function)(const char*) = [](const char*) { return 1; };
  REQUIRE_THROWS_WITH(check([function] { return function(""); }), contains_text(kConstant));
}

TEST_CASE("numbers that are no addresses pass") {
  for (const std::uint64_t n :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{65'535}, ~std::uint64_t{0},
        std::uint64_t{1} << 47, std::uint64_t{1} << 63, std::uint64_t{1'000'000'007},
        std::uint64_t{6'000'000'000'000}, std::uint64_t{20'000'000'000'000}}) {
    INFO(n);
    REQUIRE_NOTHROW(check([n] { return n; }));
  }
  for (const double x : {0.0, -0.0, 1.0, 3.141592653589793, 1e300, -1e-300, 4.9e-324}) {
    REQUIRE_NOTHROW(check([x] { return x; }));
  }
  REQUIRE_NOTHROW(check([a = 1, b = 2, c = 3.5F, d = true] { return a + b + c + d; }));
  REQUIRE_NOTHROW(check([](int x) { return x; }));
}

TEST_CASE("random doubles pass") {
  test::Random random;
  WITH_SEED(random);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 2000; ++i) {
    const auto x = normal(random.engine);
    REQUIRE_NOTHROW(check([x, y = -x] { return x + y; }));
  }
}

TEST_CASE("an address that was left in the padding does not matter") {
  // Seven bytes of padding behind each flag.
  const auto f = [a = true, b = 1.5, c = true] { return a + b + c; };
  using F = std::remove_const_t<decltype(f)>;
  alignas(F) std::byte storage[sizeof(F)];
  const int object = 0;
  const auto address = reinterpret_cast<std::uintptr_t>(&object);
  for (std::size_t at = 0; at < sizeof(F); at += sizeof address) {
    std::memcpy(storage + at, &address, sizeof address);
  }
  auto* garbage = reinterpret_cast<F*>(storage);
  // Only the value bytes are written: what a compiler's assignment of members does.
  struct Fields {
    bool a;
    double b;
    bool c;
  };
  static_assert(sizeof(Fields) == sizeof(F));
  const bool yes = true;
  const double half = 1.5;
  std::memcpy(storage + offsetof(Fields, a), &yes, 1);
  std::memcpy(storage + offsetof(Fields, b), &half, sizeof half);
  std::memcpy(storage + offsetof(Fields, c), &yes, 1);
  REQUIRE((*garbage)() == 3.5);
  REQUIRE_NOTHROW(check(*garbage));
}

TEST_CASE("a pointer in a packed struct is found, and so is one in an unaligned buffer") {
  const int object = 1;
  const Packed packed{'x', &object};
  REQUIRE_THROWS_WITH(check([packed] { return packed.before; }), contains_text(kReference));
  REQUIRE_NOTHROW(check([packed = Packed{'x', nullptr}] { return packed.before; }));

  alignas(8) std::byte buffer[17] = {};
  const auto address = reinterpret_cast<std::uintptr_t>(&object);
  std::memcpy(buffer + 1 + 8, &address, sizeof address);
  REQUIRE_THROWS_AS(detail::refuse_captured_address(buffer + 1, 16, 8, kLabel), UsageError);
}

TEST_CASE("captures smaller than an address hold none") {
  REQUIRE_NOTHROW(check([a = 'x'] { return a; }));
  REQUIRE_NOTHROW(check([a = ~0U] { return a; }));
}

}  // namespace kindred
