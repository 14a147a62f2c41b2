// Where a CSV file can be cut.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/rdd/csv_layout.hpp"

namespace kindred::detail {

/// Moves each cut between the splits of one file to the record that begins at it or next behind it,
/// but the first one behind the header, and no cut into what BadRows leaves out. Throws InputError.
void move_cuts_to_records(std::vector<FileSplit>& splits, std::uint64_t header_end,
                          const CsvLayout& layout);

/// A layout that takes records of any length, with no header, written as those of `layout`.
CsvLayout layout_of_any(const CsvLayout& layout, BadRows bad_rows);

}  // namespace kindred::detail
