// The records of one partition of a CSV file (RFC 4180).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "kindred/engine/memory.hpp"
#include "kindred/rdd/csv_bad_rows.hpp"
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
/// unless the file has one column. What becomes of a bad record is up to CsvLayout::bad_rows: one
/// that is left out is never given by next(), but for one of which a value turns out to be bad, see
/// left_out(). Used by one thread.
///     while (records.refill()) {
///       while (records.next()) use(records.field(0));
///     }
///
/// Which records are bad depends on their bytes alone, not on where the file is cut or the buffer
/// ends. Behind a quote that may not be where it is, records begin again on the next line; behind a
/// record that is too long or does not end, on the line after its first one.
class CsvRecords {
 public:
  CsvRecords(const CsvLayout& layout, const CsvHeader& header, const FileSplit& split,
             CsvBadRows& bad_rows, MemoryRef memory);

  /// Reads the next piece with records. Returns false at the end. Throws InputError for records
  /// that are bad by their quotes or length, and OutOfMemoryError.
  bool refill();
  /// Goes to the next record of the piece; false behind the last one. Throws InputError for a bad
  /// record.
  bool next();

  std::uint32_t fields() const { return last_ - first_ + 1; }
  /// A field of the record, by its index in the file; valid until next().
  CsvField field(std::uint32_t index);
  /// The n-th field that is asked for.
  CsvField wanted(std::size_t n) { return field(header_fields_.wanted[n]); }
  /// Where the record begins and ends in the file, with its line break.
  std::uint64_t begin() const { return offset_of(begin_of(first_)); }
  std::uint64_t end() const;
  /// True where the field means that there is no value: a null text that is not quoted.
  bool is_null(const CsvField& field) const;

  /// True where it is not known which field is which: the row is null in each column.
  bool unreadable() const { return unreadable_; }
  /// True where a value of the record was bad and the record is to be left out for it.
  bool left_out() const { return bad_ && layout_.bad_rows == BadRows::skip; }

  /// Notes that the n-th value, `text`, is no `type`. Throws InputError, which names file, line and
  /// column, where a bad row is an error.
  void bad_value(std::size_t n, std::string_view text, std::string_view type, std::errc error);
  /// The same for a null text in a column whose type has no null.
  void missing_value(std::size_t n, std::string_view text, std::string_view type);

 private:
  std::uint32_t begin_of(std::uint32_t separator) const {
    return separator == 0 ? 0 : index_.separator(separator - 1) + 1;
  }
  std::uint64_t offset_of(std::uint32_t position) const {
    return blocks_.offset() + piece_ + position;
  }
  CsvField unescaped(std::string_view text);
  std::uint32_t begin_of_rest() const;
  bool skips();
  bool next_piece();
  void scan();
  void check_rest(bool ended);
  bool next_is_bad();
  void leave_out(std::uint32_t begin, std::uint32_t from);
  void find_line();
  bool tolerates_records() const;
  void note_bad();
  [[noreturn]] void fail(std::size_t n, std::string_view why) const;
  [[noreturn]] void fail_quotes() const;
  [[noreturn]] void fail_unclosed(std::uint32_t begin, bool ended) const;
  [[noreturn]] void fail_too_long(std::uint32_t begin) const;
  [[noreturn]] void fail_length() const;
  [[noreturn]] void fail_at(std::uint32_t position, std::string_view why) const;

  const CsvLayout& layout_;
  const CsvHeader& header_fields_;
  const FileSplit& split_;
  CsvBadRows& bad_rows_;
  MemoryRef memory_;
  TextBlocks blocks_;
  CsvIndex index_;
  AccountedString unescaped_;  // of the record's fields with doubled quotes

  std::string_view block_;
  std::size_t piece_ = 0;  // where text_ begins in the block
  std::string_view text_;  // the piece that is indexed; positions count from its begin
  std::size_t next_ = 0;   // where the next piece begins in the block
  std::size_t read_ = 0;   // where in the block indexing has got to
  // How much is indexed at once: little behind a bad record, so that many of them in a block do not
  // have it indexed as many times.
  std::size_t piece_size_;
  bool finds_line_ = false;  // until the line break after a bad record was found

  bool header_;                    // whether the next record is the header
  bool gives_unreadable_ = false;  // whether next() is to give an unreadable record first
  std::uint32_t record_ = 0;       // the next one
  std::uint32_t first_ = 0;        // the separator that ends the record's first field
  std::uint32_t last_ = 0;         // and the one that ends its last one
  bool unreadable_ = false;
  bool bad_ = false;
};

}  // namespace kindred::detail
