#pragma once

// Catch2 2 and 3 name their headers and some matchers differently; tests include this one only.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>

namespace kindred::test {

/// Matches a text that holds `part`: REQUIRE_THROWS_WITH(rows.count(), contains_text("stage 2")).
inline auto contains_text(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(part);
#else
  return Catch::Matchers::Contains(part);
#endif
}

}  // namespace kindred::test
