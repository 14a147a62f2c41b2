#include "kindred/engine/large_buffers.hpp"

#include <cstdint>
#include <iterator>
#include <limits>
#include <new>
#include <sys/mman.h>

namespace kindred::detail {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
constexpr std::size_t kMostKept = std::size_t{1} << 30;

std::size_t whole_pages(std::size_t bytes) { return (bytes + kHugePage - 1) & ~(kHugePage - 1); }

// Maps a page more than is needed and unmaps what is not aligned.
void* map_aligned(std::size_t size) {
  void* mapped =
      mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<char*>(mapped);
  const auto misaligned = reinterpret_cast<std::uintptr_t>(begin) & (kHugePage - 1);
  const auto before = misaligned == 0 ? 0 : kHugePage - misaligned;
  if (before > 0) munmap(begin, before);
  if (before < kHugePage) munmap(begin + before + size, kHugePage - before);
  madvise(begin + before, size, MADV_HUGEPAGE);  // only advice: without it the pages are small
  return begin + before;
}

}  // namespace

LargeBuffers::~LargeBuffers() {
  for (const auto& [size, memory] : kept_) munmap(memory, size);
}

void* LargeBuffers::take(std::size_t bytes) {
  if (bytes > std::numeric_limits<std::size_t>::max() - kHugePage) throw std::bad_alloc();
  const auto size = whole_pages(bytes);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = kept_.find(size); found != kept_.end()) {
      auto* const memory = found->second;
      kept_.erase(found);
      kept_bytes_ -= size;
      return memory;
    }
  }
  return map_aligned(size);
}

void LargeBuffers::keep_at_most(std::uint64_t bytes) noexcept {
  const std::lock_guard lock(mutex_);
  while (kept_bytes_ > bytes) {
    const auto largest = std::prev(kept_.end());
    munmap(largest->second, largest->first);
    kept_bytes_ -= largest->first;
    kept_.erase(largest);
  }
}

std::uint64_t LargeBuffers::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void LargeBuffers::give_back(void* memory, std::size_t bytes) noexcept {
  const auto size = whole_pages(bytes);
  try {
    const std::lock_guard lock(mutex_);
    if (kept_bytes_ + size <= kMostKept) {
      kept_.emplace(size, memory);
      kept_bytes_ += size;
      return;
    }
  } catch (const std::bad_alloc&) {
    // No memory to keep it: then it is not kept.
  }
  munmap(memory, size);
}

}  // namespace kindred::detail
