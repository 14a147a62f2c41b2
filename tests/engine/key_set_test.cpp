#include "kindred/engine/key_set.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.hpp"

namespace kindred {

TEST_CASE("a key set holds each key once, in the order in which they were first seen") {
  const auto memory = std::make_shared<MemoryManager>();
  {
    KeySet<std::string> set(memory);
    std::vector<std::string> first_seen;
    std::set<std::string> model;
    for (int i = 0; i < 20'000; ++i) {
      const auto key = "a key that is rather long: " + std::to_string(i * 7919 % 5003);
      const bool is_new = model.insert(key).second;
      if (is_new) first_seen.push_back(key);
      REQUIRE(set.insert(std::string_view(key)) == is_new);
    }
    REQUIRE(std::vector<std::string>(set.keys().begin(), set.keys().end()) == first_seen);
    REQUIRE(set.contains(first_seen[17]));
    REQUIRE(!set.contains(std::string_view("x")));
    REQUIRE(memory->used() >= 5003 * (sizeof(std::string) + 30));
  }
  REQUIRE(memory->used() == 0);
}

TEST_CASE("a key set holds truth values, and an empty one nothing") {
  KeySet<bool> set(std::make_shared<MemoryManager>());
  REQUIRE(!set.contains(false));
  REQUIRE(set.insert(true));
  REQUIRE(!set.insert(true));
  REQUIRE(set.insert(false));
  REQUIRE(set.size() == 2);
}

}  // namespace kindred
