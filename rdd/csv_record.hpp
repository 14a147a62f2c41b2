// The records of one partition of a CSV file (RFC 4180).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/csv_index.hpp"
#include "kindred/rdd/csv_layout.hpp"
#include "kindred/rdd/text_blocks.hpp"

namespace kindred::detail {

/// A field's text without its quotes, doubled ones made single.
struct CsvField {
  std::string_view text;
  bool quoted = false;
};

/// Goes through the records of a split, which begins and ends where records do. Only the fields
/// that are asked for are looked at, but for their number and quotes. An empty line is no record,
/// unless the file has one column. Used by one thread.
///     while (records.refill()) {
///       while (records.next()) use(records.field(0));
///     }
class CsvRecords {
 public:
  /// A layout without columns takes records of any length, for the header.
  CsvRecords(const CsvLayout& layout, const FileSplit& split, MemoryRef memory);

  /// Reads the next block of records. Returns false at the end. Throws InputError for quotes that
  /// are not RFC 4180's, and OutOfMemoryError.
  bool refill();
  /// Goes to the next record of the block; false behind the last one. Throws InputError for a
  /// record that does not have as many fields as the file has columns.
  bool next();

  std::uint32_t fields() const { return last_ - first_ + 1; }
  /// A field of the record, by its index in the file; valid until next().
  CsvField field(std::uint32_t index);
  /// Where the record ends in the file, with its line break.
  std::uint64_t end() const;
  /// True where the field means that there is no value: a null text that is not quoted.
  bool is_null(const CsvField& field) const;

  /// Throws InputError that names file, line and column, for a text that is no `type`.
  [[noreturn]] void fail_value(const CsvLayout::Wanted& wanted, std::string_view text,
                               std::string_view type, std::errc error) const;
  /// The same for a null text in a column whose type has no null.
  [[noreturn]] void fail_null(const CsvLayout::Wanted& wanted, std::string_view text,
                              std::string_view type) const;

 private:
  std::uint32_t begin_of(std::uint32_t separator) const {
    return separator == 0 ? 0 : index_.separator(separator - 1) + 1;
  }
  CsvField unescaped(std::string_view text);
  std::uint32_t begin_of_rest() const;
  bool skips();
  [[noreturn]] void fail(const CsvLayout::Wanted& wanted, std::string_view why) const;
  [[noreturn]] void fail_quotes() const;
  [[noreturn]] void fail_unclosed() const;
  [[noreturn]] void fail_length() const;
  [[noreturn]] void fail_at(std::uint32_t position, std::string_view why) const;

  const CsvLayout& layout_;
  const FileSplit& split_;
  MemoryRef memory_;
  TextBlocks blocks_;
  CsvIndex index_;
  AccountedString unescaped_;  // of the record's fields with doubled quotes
  std::string_view text_;
  std::size_t unread_ = 0;    // bytes at the end of text_, behind its last whole record
  bool header_;               // whether the next record is the header
  std::uint32_t record_ = 0;  // the next one
  std::uint32_t first_ = 0;   // the separator that ends the record's first field
  std::uint32_t last_ = 0;    // and the one that ends its last one
};

}  // namespace kindred::detail
