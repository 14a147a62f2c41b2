#include "kindred/engine/packed_text.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

std::string unpacked(const PackedText& packed) {
  std::array<char, PackedText::kMost + 1> room;
  return std::string(packed.unpack(room));
}

}  // namespace

TEST_CASE("a packed text is unpacked as it was, whatever its size and its bytes") {
  test::Random random;
  WITH_SEED(random);
  for (std::size_t size = 0; size <= PackedText::kMost; ++size) {
    for (int i = 0; i < 100; ++i) {
      // Ends where its memory does: nothing behind it may be read.
      std::vector<char> text(size);
      for (auto& byte : text) byte = static_cast<char>(i == 0 ? 0 : random.below(256));
      const std::string_view view(text.data(), size);
      REQUIRE(PackedText::fits(view));
      const auto packed = PackedText::of(view);
      REQUIRE(packed.size() == size);
      REQUIRE(unpacked(packed) == view);
    }
  }
  REQUIRE_FALSE(PackedText::fits(std::string(PackedText::kMost + 1, 'x')));
}

TEST_CASE("two packed texts are one where their texts are, zeros and the end among their bytes") {
  std::vector<std::string> texts;
  for (std::size_t size = 0; size <= PackedText::kMost; ++size) {
    for (const char filled : {'\0', 'a', '\xff'}) {
      texts.emplace_back(size, filled);
      for (std::size_t at = 0; at < size; ++at) {
        texts.emplace_back(size, filled);
        texts.back()[at] = 'b';
      }
    }
  }
  REQUIRE(PackedText() == PackedText::of(""));
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      const bool same = PackedText::of(a) == PackedText::of(b);
      if (same != (a == b)) FAIL("sizes " << a.size() << " and " << b.size());
    }
  }
}

TEST_CASE("texts that differ in a byte or in their size have different hashes") {
  std::set<std::uint64_t> hashes;
  std::set<std::string> texts;
  const SlotHash<PackedText> hash;
  for (std::size_t size = 0; size <= PackedText::kMost; ++size) {
    for (const char filled : {'\0', 'a'}) {
      for (std::size_t at = 0; at < size; ++at) {
        for (int byte = 0; byte < 256; ++byte) {
          std::string text(size, filled);
          text[at] = static_cast<char>(byte);
          texts.insert(text);
          hashes.insert(hash(PackedText::of(text)));
        }
      }
    }
  }
  REQUIRE(hashes.size() == texts.size());
}

}  // namespace kindred
