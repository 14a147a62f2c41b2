#include "tools/benchmark/skew_keys.hpp"

#include <cmath>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/catch.hpp"

#include "tools/benchmark/skew_rows.hpp"

namespace bench {
namespace {

constexpr std::uint64_t kRows = 1'000'000;

template <class Keys>
std::vector<std::uint64_t> counts(const Keys& keys, std::uint64_t count) {
  std::vector<std::uint64_t> counts(count);
  for (std::uint64_t i = 0; i < kRows; ++i) ++counts.at(keys(i));
  return counts;
}

TEST_CASE("keys by Zipf's law come up in proportion to their rank's power") {
  for (const double exponent : {1.0, 1.3}) {
    constexpr std::uint64_t kKeys = 1'000;
    double total = 0;
    for (std::uint64_t k = 1; k <= kKeys; ++k) total += std::pow(double(k), -exponent);
    const auto seen = counts(ZipfKeys(kKeys, exponent), kKeys);
    for (const std::uint64_t rank : {1, 2, 3, 10, 100}) {
      const auto expected = double(kRows) * std::pow(double(rank), -exponent) / total;
      INFO("s = " << exponent << ", rank " << rank);
      CHECK(std::abs(double(seen[rank - 1]) - expected) < 5 * std::sqrt(expected));
    }
  }
}

TEST_CASE("a single key by Zipf's law is all there is") {
  CHECK(counts(ZipfKeys(1, 1.0), 1)[0] == kRows);
  CHECK(counts(ZipfKeys(1, 1.3), 1)[0] == kRows);
}

TEST_CASE("the hot key has half of the rows") {
  const auto hot = counts(HotKeys{1'000}, 1'000)[0];
  CHECK(hot > kRows * 49 / 100);
  CHECK(hot < kRows * 51 / 100);
}

TEST_CASE("keys of text are distinct, of 8 to 64 letters") {
  std::set<std::string> seen;
  std::set<std::size_t> lengths;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    const auto key = TextRows::key(number);
    lengths.insert(key.size());
    CHECK(seen.insert(key).second);
  }
  CHECK(*lengths.begin() == 8);
  CHECK(*lengths.rbegin() == 64);
}

TEST_CASE("a wide row is 100 bytes") {
  CHECK(sizeof(std::pair<WideRows::Key, WideRows::Value>) == 100);
}

}  // namespace
}  // namespace bench
