#include "kindred/engine/combine_table.hpp"

#include <algorithm>

#include "kindred/engine/error.hpp"

namespace kindred {

void HashIndex::grow() {
  constexpr std::size_t kFirst = 64;
  constexpr std::size_t kMost = std::size_t{1} << 32;  // as many as a tag can name
  if (slots_.size() >= kMost)
    throw OutOfMemoryError("more than 2 billion keys in one partition: use more partitions");
  // A small index grows fast: each step places all of its rows again.
  const auto size = std::max(kFirst, slots_.size() * (slots_.size() < 4096 ? 4 : 2));
  AccountedVector<Slot> old(size, Slot{}, slots_.get_allocator());
  old.swap(slots_);
  mask_ = static_cast<std::uint32_t>(size - 1);
  for (const auto& slot : old) {
    if (slot.row != kNone) place(slot);
  }
}

}  // namespace kindred
