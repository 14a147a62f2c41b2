#include "kindred/engine/large_buffers.hpp"

#include <cstdint>
#include <cstring>

#include "kindred/engine/memory.hpp"
#include "tests/catch.hpp"

namespace kindred {
namespace {

constexpr std::size_t kMib = std::size_t{1} << 20;

}  // namespace

TEST_CASE("a large buffer is aligned, writable to its end, and handed out again") {
  detail::LargeBuffers buffers;
  auto* const first = buffers.take(5 * kMib + 1);
  REQUIRE(reinterpret_cast<std::uintptr_t>(first) % (2 * kMib) == 0);
  std::memset(first, 1, 5 * kMib + 1);
  buffers.give_back(first, 5 * kMib + 1);
  REQUIRE(buffers.take(6 * kMib) == first);  // as many whole pages
  auto* const second = buffers.take(6 * kMib);
  REQUIRE(second != first);
  buffers.give_back(first, 6 * kMib);
  buffers.give_back(second, 6 * kMib);
}

TEST_CASE("what is kept for later and what is in use stay within the budget together") {
  MemoryManager memory(64 * kMib);
  for (std::size_t size = 4; size <= 60; size += 4) {
    auto* const buffer = memory.allocate(size * kMib, 16);
    REQUIRE(memory.used() + memory.kept() <= memory.limit());
    memory.deallocate(buffer, size * kMib, 16);
    REQUIRE(memory.used() == 0);
    REQUIRE(memory.kept() >= size * kMib);
    REQUIRE(memory.kept() <= memory.limit());
  }
}

}  // namespace kindred
