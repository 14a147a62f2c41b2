// What the processor is to fetch from memory before it is needed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kindred::detail {

/// Begins to fetch the bytes at an address. It may be any, and not only a pointer's: nothing is
/// read there.
inline void prefetch(std::uintptr_t address, std::size_t bytes) {
  constexpr std::size_t kCacheLine = 64;
  for (std::size_t at = 0; at < bytes; at += kCacheLine) {
    __builtin_prefetch(reinterpret_cast<const void*>(address + at));
  }
}

}  // namespace kindred::detail
