#include "kindred/rdd/live_states.hpp"

#include <atomic>

namespace kindred::detail {

std::uint64_t new_shared_id() {
  constexpr std::uint64_t kFirst = std::uint64_t{1} << 48;  // addresses end below 2^47
  static std::atomic<std::uint64_t> next{kFirst};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace kindred::detail
