#include "kindred/cluster/process_memory.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utility>

#include "kindred/cluster/secret.hpp"

namespace kindred::cluster {
namespace {

// As many as one call takes (IOV_MAX).
constexpr std::size_t kMostParts = 1024;
// Nobody has a longer one: a mark that lies about its own length costs nothing.
constexpr std::size_t kMostMark = 64;

iovec place(std::uint64_t at, std::uint64_t size) {
  return {reinterpret_cast<void*>(at), static_cast<std::size_t>(size)};
}

}  // namespace

OwnMark::OwnMark() : text_(new_secret()) {}

OwnMark::~OwnMark() {
  ::explicit_bzero(text_.data(), text_.size());
  // Before what is done to the memory that it stood for.
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

MemoryMark OwnMark::mark() const {
  return {::getpid(), reinterpret_cast<std::uint64_t>(text_.data()), text_};
}

std::vector<MemoryPart> parts_in_memory(const BlockBytes& block) {
  std::vector<MemoryPart> parts;
  parts.reserve(block.parts.size());
  for (const auto& part : block.parts) {
    if (!part.empty()) parts.push_back({reinterpret_cast<std::uint64_t>(part.data()), part.size()});
  }
  return parts;
}

MemoryReader::MemoryReader(MemoryMark mark, std::vector<MemoryPart> parts)
    : mark_(std::move(mark)), parts_(std::move(parts)) {
  for (const auto& part : parts_) {
    // Nobody has so much: what lies about it cannot be read either.
    left_ += std::min(part.size, std::numeric_limits<std::uint64_t>::max() - left_);
  }
}

// The mark comes last, and each time: while it is there, so is what was read before it.
bool MemoryReader::read(std::span<char> into) {
  if (into.size() > left_ || mark_.text.empty() || mark_.text.size() > kMostMark) return false;
  char found[kMostMark];
  std::size_t mark_read = 0;
  std::vector<iovec> there;
  while (mark_read < mark_.text.size()) {
    there.clear();
    auto wanted = into.size();
    for (auto part = part_; wanted > 0 && there.size() + 1 < kMostParts; ++part) {
      const auto skipped = part == part_ ? in_part_ : 0;
      const auto size = std::min<std::uint64_t>(parts_[part].size - skipped, wanted);
      there.push_back(place(parts_[part].at + skipped, size));
      wanted -= size;
    }
    if (wanted == 0) there.push_back(place(mark_.at + mark_read, mark_.text.size() - mark_read));
    const iovec here[] = {{into.data(), into.size() - wanted},
                          {found + mark_read, mark_.text.size() - mark_read}};
    const auto size = ::process_vm_readv(static_cast<pid_t>(mark_.process), here, 2, there.data(),
                                         there.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    const auto of_block = std::min(static_cast<std::size_t>(size), into.size());
    advance(of_block);
    into = into.subspan(of_block);
    mark_read += static_cast<std::size_t>(size) - of_block;
  }
  return std::string_view(found, mark_.text.size()) == mark_.text;
}

void MemoryReader::advance(std::uint64_t size) {
  left_ -= size;
  in_part_ += size;
  while (part_ < parts_.size() && in_part_ >= parts_[part_].size) {
    in_part_ -= parts_[part_].size;
    ++part_;
  }
}

void let_siblings_read(pid_t parent) { ::prctl(PR_SET_PTRACER, parent); }

}  // namespace kindred::cluster
