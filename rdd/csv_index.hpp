// Where the fields and records of a piece of CSV text end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kindred/engine/memory.hpp"

namespace kindred::detail {

/// The delimiters and line breaks of a text that stand outside quotes. One pass finds them, 64
/// bytes at a time, with the quotes of each byte as one bit of a word; the idea is simdjson's
/// (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019). Used by one thread.
class CsvIndex {
 public:
  explicit CsvIndex(MemoryRef memory)
      : separators_(Accounted<std::uint32_t>(memory)),
        record_ends_(Accounted<std::uint32_t>(memory)) {}

  /// Indexes `text`, which begins where a record begins, in place of what was indexed before. The
  /// 64 bytes behind it must be readable. Throws OutOfMemoryError.
  void scan(std::string_view text, char delimiter);
  /// Adds a separator that ends the last record, at the end of a text without a last line break.
  void close(std::uint32_t position);

  /// The position of the n-th separator.
  std::uint32_t separator(std::uint32_t n) const { return separators_[n]; }
  std::uint32_t separators() const { return separator_count_; }
  /// Which separator ends the n-th record.
  std::uint32_t record_end(std::uint32_t n) const { return record_ends_[n]; }
  std::uint32_t records() const { return record_count_; }
  /// The first quote, or byte behind a quote, that may not be there; kNone where all are right.
  std::uint32_t misplaced() const { return misplaced_; }
  /// True where the text ends inside quotes.
  bool ends_quoted() const { return ends_quoted_; }

  static constexpr std::uint32_t kNone = 0xffff'ffff;

 private:
  void add_separators(std::uint64_t separators, std::uint64_t line_breaks, std::uint32_t base);
  // For one more word of nothing but separators.
  bool has_room() const;
  void make_room();

  AccountedVector<std::uint32_t> separators_;
  AccountedVector<std::uint32_t> record_ends_;
  std::uint32_t separator_count_ = 0;
  std::uint32_t record_count_ = 0;
  std::uint32_t misplaced_ = kNone;
  bool ends_quoted_ = false;
};

}  // namespace kindred::detail
