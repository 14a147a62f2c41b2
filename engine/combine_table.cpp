#include "kindred/engine/combine_table.hpp"

#include <algorithm>

namespace kindred {

void HashIndex::grow() {
  constexpr std::size_t kFirst = 64;
  const auto size = std::max(kFirst, slots_.size() * 2);
  AccountedVector<Slot> old(size, Slot{}, slots_.get_allocator());
  old.swap(slots_);
  mask_ = static_cast<std::uint32_t>(size - 1);
  for (const auto& slot : old) {
    if (slot.row != kNone) place(slot);
  }
}

}  // namespace kindred
