// The bad rows of a CSV file that a task met and went on.
#pragma once

#include <cstdint>
#include <optional>

#include "kindred/engine/memory.hpp"
#include "kindred/engine/node.hpp"
#include "kindred/rdd/csv_layout.hpp"

namespace kindred::detail {

/// Counts them. Used by one thread.
class CsvBadRows {
 public:
  /// Notes a row that begins at byte `offset` of the text of `split`, which must outlive this.
  void add(const FileSplit& split, std::uint64_t offset) {
    if (count_++ == 0) first_ = {&split, offset};
  }
  std::uint64_t count() const { return count_; }

  /// Says on stderr how many there were and where the first one is, if there were any.
  void warn(BadRows bad_rows, const OpLabel& op, PartitionId partition,
            const MemoryRef& memory) const;

 private:
  struct Place {
    const FileSplit* split;
    std::uint64_t offset;
  };
  std::uint64_t count_ = 0;
  Place first_{};
};

}  // namespace kindred::detail
