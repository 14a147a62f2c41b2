// What is said of bad records.
#include <algorithm>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/csv_record.hpp"
#include "kindred/rdd/file_bytes.hpp"

namespace kindred::detail {
namespace {

// A bad field may be most of a file.
std::string shortened(std::string_view text) {
  constexpr std::size_t kMost = 60;
  if (text.size() <= kMost) return std::string(text);
  return fmt::format("{}... ({} bytes)", text.substr(0, kMost), text.size());
}

}  // namespace

void CsvRecords::bad_value(std::size_t n, std::string_view text, std::string_view type,
                           std::errc error) {
  const bool tolerated = layout_.bad_rows == BadRows::null ? layout_.wanted[n].optional
                                                           : layout_.bad_rows == BadRows::skip;
  if (!tolerated) {
    fail(n, fmt::format(
                "'{}' {} {}", shortened(text),
                error == std::errc::result_out_of_range ? "does not fit into" : "is not of type",
                type));
  }
  note_bad();
}

void CsvRecords::missing_value(std::size_t n, std::string_view text, std::string_view type) {
  if (layout_.bad_rows != BadRows::skip) {
    fail(n, fmt::format("'{0}' means that there is no value, and a column of {1} must have one; "
                        "use column<std::optional<{1}>>(\"{2}\"), or leave '{0}' out of "
                        "CsvOptions::null",
                        text, type, layout_.wanted[n].name));
  }
  note_bad();
}

void CsvRecords::fail(std::size_t n, std::string_view why) const {
  fail_at(begin_of(first_ + header_fields_.wanted[n]),
          fmt::format("column '{}': {}", layout_.wanted[n].name, why));
}

void CsvRecords::fail_quotes() const {
  const auto position = index_.misplaced();
  std::uint32_t first = 0;
  for (std::uint32_t i = 0; i < index_.records(); ++i) {
    const auto end = index_.record_end(i);
    if (index_.separator(end) < position) first = end + 1;
  }
  auto last = first;
  while (last < index_.separators() && index_.separator(last) < position) ++last;
  fail_at(position,
          fmt::format("field {} of its record: a quote may only stand around a whole field; quote "
                      "the field, and double each quote inside it: {}",
                      last - first + 1,
                      shortened(text_.substr(begin_of(last), position - begin_of(last) + 1))));
}

void CsvRecords::fail_unclosed(std::uint32_t begin, bool ended) const {
  if (!index_.ends_quoted()) fail_too_long(begin);
  fail_at(begin_of(index_.separators()),
          fmt::format("the quoted field that begins here does not end{}; close it with a quote, "
                      "and double each quote inside it",
                      ended ? ""
                            : fmt::format(" within {} bytes (CsvOptions::max_record_bytes)",
                                          layout_.max_record_bytes)));
}

void CsvRecords::fail_too_long(std::uint32_t begin) const {
  fail_at(begin, fmt::format("the record that begins here is longer than {} bytes; close its "
                             "quotes, or set CsvOptions::max_record_bytes",
                             layout_.max_record_bytes));
}

void CsvRecords::fail_length() const {
  const auto begin = begin_of(first_);
  fail_at(begin, fmt::format("the record has {} fields, and the file {} columns: {}", fields(),
                             header_fields_.columns,
                             shortened(text_.substr(begin, index_.separator(last_) - begin))));
}

void CsvRecords::fail_at(std::uint32_t position, std::string_view why) const {
  const auto line = line_at(split_, offset_of(position), memory_);
  throw InputError(fmt::format("'{}', line {}: {}", split_.path, line, why));
}

}  // namespace kindred::detail
