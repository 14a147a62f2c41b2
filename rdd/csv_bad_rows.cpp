#include "kindred/rdd/csv_bad_rows.hpp"

#include <fmt/format.h>
#include <string>

#include "kindred/engine/error.hpp"
#include "kindred/engine/log.hpp"
#include "kindred/rdd/file_bytes.hpp"

namespace kindred::detail {
namespace {

// To count the lines up to there, the file is read from its begin.
constexpr std::uint64_t kMostToCount = 64 * 1024 * 1024;

std::string place_of(const FileSplit& split, std::uint64_t offset, const MemoryRef& memory) {
  if (offset <= kMostToCount) {
    try {
      return fmt::format("line {}", line_at(split, offset, memory));
    } catch (const Error&) {
      // The rows were read: a warning must not fail their task.
    }
  }
  return fmt::format("byte {}", offset);
}

}  // namespace

void CsvBadRows::warn(BadRows bad_rows, const OpLabel& op, PartitionId partition,
                      const MemoryRef& memory) const {
  if (count_ == 0) return;
  const auto what = bad_rows == BadRows::skip ? "left out" : "read with nulls";
  log_warning(fmt::format("{}, partition {}: {} bad row{} {} {}; the first one is at {} of '{}'",
                          op.text(), partition.value, count_, count_ == 1 ? "" : "s",
                          count_ == 1 ? "was" : "were", what,
                          place_of(*first_.split, first_.offset, memory), first_.split->path));
}

}  // namespace kindred::detail
