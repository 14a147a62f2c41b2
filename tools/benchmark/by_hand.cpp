#include "by_hand.hpp"

#include <new>
#include <sys/mman.h>

namespace bench {

namespace {

constexpr std::size_t kPage = std::size_t{2} << 20;

std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) & ~(kPage - 1); }

}  // namespace

BufferPool::~BufferPool() {
  for (const auto& [bytes, memory] : free_) munmap(memory, bytes);
}

void* BufferPool::take(std::size_t bytes) {
  bytes = whole_pages(bytes);
  {
    std::lock_guard lock(mutex_);
    if (auto found = free_.extract(bytes)) return found.mapped();
  }
  // One page more than asked for, so that the start can be moved to where a page starts.
  void* mapped =
      mmap(nullptr, bytes + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* memory = reinterpret_cast<void*>(whole_pages(reinterpret_cast<std::uintptr_t>(mapped)));
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void BufferPool::give_back(void* memory, std::size_t bytes) {
  std::lock_guard lock(mutex_);
  free_.emplace(whole_pages(bytes), memory);
}

}  // namespace bench
