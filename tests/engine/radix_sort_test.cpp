#include "kindred/engine/radix_sort.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "kindred/engine/key.hpp"
#include "tests/catch.hpp"

using namespace kindred;

namespace {

template <class K>
using Keyed = std::pair<K, std::uint32_t>;

// The keys with the place of each, sorted; the place tells equal ones, and 0.0 and -0.0, apart.
template <class K>
std::vector<std::uint32_t> sorted_places(const std::vector<K>& keys, bool descending) {
  Rows<Keyed<K>> rows(std::make_shared<MemoryManager>());
  for (std::size_t i = 0; i < keys.size(); ++i) rows.push({keys[i], static_cast<std::uint32_t>(i)});
  const auto sorted = radix_sorted(std::move(rows), [descending](const Keyed<K>& row) {
    return descending ? ~radix_of(row.first) : radix_of(row.first);
  });
  std::vector<std::uint32_t> places;
  for (const auto& row : sorted.rows()) places.push_back(row.second);
  return places;
}

template <class K>
std::vector<std::uint32_t> expected_places(const std::vector<K>& keys, bool descending) {
  std::vector<std::uint32_t> places(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) places[i] = static_cast<std::uint32_t>(i);
  std::stable_sort(places.begin(), places.end(), [&](std::uint32_t a, std::uint32_t b) {
    return descending ? key_less(keys[b], keys[a]) : key_less(keys[a], keys[b]);
  });
  return places;
}

template <class K>
void check(const std::vector<K>& keys) {
  REQUIRE(sorted_places(keys, false) == expected_places(keys, false));
  REQUIRE(sorted_places(keys, true) == expected_places(keys, true));
}

template <class K, class F>
std::vector<K> keys_of(std::uint64_t count, const F& f) {
  std::vector<K> keys;
  for (std::uint64_t i = 0; i < count; ++i) keys.push_back(static_cast<K>(f(mix_bits(i + 1), i)));
  return keys;
}

}  // namespace

TEST_CASE("a radix sort puts whole numbers of any size in order, equal ones as they came") {
  for (const std::uint64_t count : {0, 1, 2, 40, 1000, 100'000}) {
    check(keys_of<std::int64_t>(count, [](auto random, auto) { return random; }));
    check(keys_of<std::int64_t>(count, [](auto random, auto) { return random % 10; }));
    check(keys_of<std::uint64_t>(count, [](auto random, auto) { return random >> (random % 64); }));
    check(keys_of<std::uint8_t>(count, [](auto random, auto) { return random; }));
    check(keys_of<std::int16_t>(count, [](auto random, auto) { return random; }));
    check(keys_of<int>(count, [](auto, auto) { return 7; }));
    check(keys_of<int>(count, [](auto, auto i) { return i; }));
    check(keys_of<int>(count, [count](auto, auto i) { return count - i; }));
  }
  check(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max(), 0,
                                  std::numeric_limits<std::int64_t>::min(), -1});
}

TEST_CASE("a radix sort copes with keys that crowd together") {
  const auto far = std::uint64_t{1} << 60;
  // Far apart: nearly all in one part, and that larger than a cache.
  check(keys_of<std::uint64_t>(100'000,
                               [far](auto random, auto i) { return i == 5 ? far : random >> 30; }));
  // Crowded at both ends of what is left, so that two digits do not tell them apart.
  check(keys_of<std::uint64_t>(
      3'000, [far](auto random, auto i) { return (i % 2 == 0 ? far : 0) + random % 1000; }));
  check(keys_of<std::uint64_t>(
      60'000, [far](auto random, auto i) { return (i % 3) * far + random % 100'000; }));
}

TEST_CASE("a radix sort of floating point has the order of keys: NaN last, the zeros equal") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto inf = std::numeric_limits<double>::infinity();
  check(std::vector<double>{nan, 0.0, -0.0, inf, -inf, -nan, 1e-310, -1e-310, -1, 0.0, 2, nan});
  check(keys_of<double>(100'000, [](auto random, auto) {
    return std::ldexp(static_cast<double>(static_cast<std::int64_t>(random)),
                      static_cast<int>(random % 100) - 90);
  }));
  check(keys_of<float>(5'000, [](auto random, auto) {
    return static_cast<float>(static_cast<std::int64_t>(random)) * 1e-3F;
  }));
}
