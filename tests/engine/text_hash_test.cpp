#include "kindred/engine/text_hash.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "kindred/engine/key.hpp"
#include "tests/catch.hpp"

namespace kindred {

TEST_CASE("the hash of a text is that of its bytes, wherever they lie and whoever holds them") {
  const std::string text = "xa text of some length that is no multiple of anything";
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string copy = text.substr(1, size);
    const std::string_view inside = std::string_view(text).substr(1, size);
    REQUIRE(key_hash(copy) == key_hash(inside));
  }
}

TEST_CASE("texts of all lengths that differ in one bit have hashes that differ in many") {
  std::uint64_t flips = 0;
  std::uint64_t changed = 0;
  for (std::size_t size = 1; size <= 70; ++size) {
    std::string text(size, 'k');
    const auto before = detail::text_hash(text);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      auto& byte = text[bit / 8];
      byte = static_cast<char>(byte ^ (1 << bit % 8));
      const auto differ = std::popcount(before ^ detail::text_hash(text));
      if (differ < 8) FAIL("bit " << bit << " of " << size << " bytes changes only " << differ);
      flips += static_cast<std::uint64_t>(differ);
      ++changed;
      byte = static_cast<char>(byte ^ (1 << bit % 8));
    }
  }
  const auto mean = static_cast<double>(flips) / static_cast<double>(changed);
  REQUIRE(mean > 31);
  REQUIRE(mean < 33);
}

TEST_CASE("a million short texts have a million hashes, spread over partitions and table places") {
  std::unordered_set<std::uint64_t> hashes;
  std::vector<std::uint32_t> partitions(64);
  std::vector<std::uint32_t> places(64);
  for (int i = 0; i < 1'000'000; ++i) {
    const auto hash = key_hash(std::to_string(i));
    hashes.insert(hash);
    ++partitions[partition_of_hash(hash, 64)];
    ++places[hash % 64];
  }
  REQUIRE(hashes.size() == 1'000'000);
  for (const auto& counts : {partitions, places}) {
    for (const auto count : counts) {
      REQUIRE(count > 15'000);
      REQUIRE(count < 16'300);
    }
  }
}

}  // namespace kindred
