#include "kindred/engine/sealed_block.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "kindred/engine/error.hpp"
#include "tests/catch.hpp"
#include "tests/engine/random.hpp"

namespace kindred {
namespace {

constexpr std::size_t kHeader = 32;
constexpr std::size_t kRawSizeAt = 8;

std::string random_bytes(test::Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random.engine());
  return bytes;
}

void refused(const std::string& sealed) {
  // In a buffer of its own, where a sanitizer sees a read beyond its end.
  const std::vector<char> copy(sealed.begin(), sealed.end());
  REQUIRE_THROWS_AS(open_block(std::string_view(copy.data(), copy.size())), DecodeError);
}

void survives_only_whole(const std::string& raw) {
  const auto sealed = seal_block(raw);
  for (std::size_t length = 0; length < sealed.size(); ++length) {
    refused(sealed.substr(0, length));
  }
  refused(sealed + "x");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      auto altered = sealed;
      altered[at] = static_cast<char>(altered[at] ^ change);
      INFO("byte " << at << " changed by " << change);
      refused(altered);
    }
  }
}

}  // namespace

TEST_CASE("blocks come back, empty, small, large, and whether they compress or not") {
  test::Random random;
  WITH_SEED(random);
  REQUIRE(open_block(seal_block({})).empty());
  for (const std::size_t size : {1, 2, 12, 13, 100, 65'536, 10'000'000}) {
    const std::string same(size, 'x');
    const auto any = random_bytes(random, size);
    REQUIRE(open_block(seal_block(same)) == same);
    REQUIRE(open_block(seal_block(any)) == any);
    REQUIRE(seal_block(any).size() <= size + kHeader);
    if (size > 100) REQUIRE(seal_block(same).size() < size / 50);
  }
}

TEST_CASE("every truncation and every altered byte of a block is refused") {
  test::Random random;
  WITH_SEED(random);
  survives_only_whole({});
  survives_only_whole(std::string(1, '\0'));
  survives_only_whole(std::string(200, 'x'));
  survives_only_whole(random_bytes(random, 20));
}

TEST_CASE("stored bytes that would decode as LZ4 are not taken for compressed ones") {
  // Ten bytes that LZ4 decodes to ten bytes: a literal repeated four times more, then five
  // literals.
  const std::string raw(
      "\x10"
      "a"
      "\x01\x00"
      "\x50"
      "bcdef",
      10);
  REQUIRE(open_block(seal_block(raw)) == raw);
  survives_only_whole(raw);
}

TEST_CASE("an impossible raw size asks for no memory") {
  auto sealed = seal_block(std::string(1000, 'x'));
  for (const auto size : {std::uint64_t{1} << 62, std::uint64_t{1} << 40, ~std::uint64_t{0},
                          std::uint64_t{0x7fffffff}}) {
    std::memcpy(sealed.data() + kRawSizeAt, &size, sizeof size);
    refused(sealed);
  }
}

TEST_CASE("random bytes are no block") {
  test::Random random;
  WITH_SEED(random);
  for (int i = 0; i < 1000; ++i) refused(random_bytes(random, random.below(100)));
}

}  // namespace kindred
