// Memory of other processes of one host, read where it is: no copy for a socket, and nothing that
// could be left behind. The system allows it to processes of one user; where it knows of tracing,
// to those that the other one named (let_siblings_read).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

#include "kindred/engine/block_bytes.hpp"

namespace kindred::cluster {

/// Some bytes in a process's memory.
struct MemoryPart {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
};

/// How another process knows that it read what it should: a process id may mean another process
/// elsewhere, or later, and memory may have been given to something else.
struct MemoryMark {
  std::int64_t process = 0;
  std::uint64_t at = 0;
  std::string text;  ///< what is there, and nowhere else
};

/// A mark in this process, for memory that outlives it: it is wiped out with this object.
class OwnMark {
 public:
  OwnMark();
  OwnMark(const OwnMark&) = delete;
  OwnMark& operator=(const OwnMark&) = delete;
  ~OwnMark();

  MemoryMark mark() const;

 private:
  std::string text_;
};

/// Where the parts of a block are; empty ones are left out.
std::vector<MemoryPart> parts_in_memory(const BlockBytes& block);

/// Reads parts of a process's memory, one after the other.
class MemoryReader {
 public:
  MemoryReader(MemoryMark mark, std::vector<MemoryPart> parts);

  std::uint64_t left() const { return left_; }
  /// Reads the next bytes, of those that are left, and the mark after them. False where that cannot
  /// be done, or the mark is not there, or no longer: what `into` has then is of no use.
  bool read(std::span<char> into);

 private:
  void advance(std::uint64_t size);

  const MemoryMark mark_;
  const std::vector<MemoryPart> parts_;
  std::uint64_t left_ = 0;
  std::size_t part_ = 0;       // where the rest begins
  std::uint64_t in_part_ = 0;  // and where in that part
};

/// Lets the other children of this process's parent read its memory, where the system would not.
void let_siblings_read(pid_t parent);

}  // namespace kindred::cluster
