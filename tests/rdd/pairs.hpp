// Rows for the tests of ops on pairs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/rdd/everywhere.hpp"

namespace kindred::test {

template <class T>
std::vector<T> sorted(std::vector<T> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Pairs of at most ten text keys.
inline std::vector<std::pair<std::string, std::int64_t>> keyed(
    const std::vector<std::int64_t>& rows) {
  std::vector<std::pair<std::string, std::int64_t>> pairs;
  for (const auto x : rows) pairs.emplace_back(text_of(x % 10), x);
  return pairs;
}

}  // namespace kindred::test
