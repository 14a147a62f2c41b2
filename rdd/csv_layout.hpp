// What is known of CSV files when their RDD is made, for all of its columns' types alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kindred/rdd/file_split.hpp"
#include "kindred/rdd/partition_count.hpp"

namespace kindred {

/// What becomes of a bad row of a CSV file: one with a number of fields that is not the header's,
/// with a value that is not of its column's type or a null text where there must be a value, with
/// quotes that RFC 4180 does not allow, or longer than CsvOptions::max_record_bytes.
enum class BadRows : std::uint8_t {
  /// The job fails, with file, line and column.
  fail,
  /// The row is left out. Each task that left some out says on stderr how many, and where the first
  /// one is.
  skip,
  /// No row is left out: a bad value is nullopt where its column is a std::optional. A row of which
  /// it is not known which field is which, because of its length or its quotes, is nullopt in every
  /// column. The job fails, as with `fail`, where that would leave a column without a value that is
  /// no std::optional. Each task says on stderr how many rows were bad.
  null,
};

/// How a CSV file is written.
///     context.csv_file("a.csv", CsvOptions{.delimiter = ';'}, column<int>("Year"))
struct CsvOptions {
  char delimiter = ',';
  /// Whether the first record of each file names its columns. Without one they are `_c0`, `_c1` and
  /// so on.
  bool header = true;
  /// Texts that mean "no value" where they stand outside quotes.
  std::vector<std::string> null = {"", "NA"};
  /// The number of partitions; by default as with text_file().
  PartitionCount partitions = {};
  BadRows bad_rows = BadRows::fail;
  /// The longest record, at most 1 GiB: so that a quote that is never closed does not make one
  /// record of the rest of the file. Where rows may be bad, what follows the line of such a quote
  /// is read as if the quote were not there.
  std::uint64_t max_record_bytes = 16 * 1024 * 1024;
};

namespace detail {

/// Where the columns that are asked for stand in the files of one header.
struct CsvHeader {
  std::uint32_t columns = 0;          ///< of each record; 0 takes records of any length
  std::vector<std::uint32_t> wanted;  ///< indices, in the order of the row's fields
  bool operator==(const CsvHeader&) const = default;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(columns, wanted);
  }
};

/// A part of a file that begins and ends where records do.
struct CsvSplit {
  FileSplit file;
  std::uint32_t header = 0;  ///< index into CsvLayout::headers
  template <class Archive>
  void serialize(Archive& archive) {
    archive(file, header);
  }
};
using CsvPartition = std::vector<CsvSplit>;

/// Where the fields that are asked for stand in each record, and what each partition reads.
struct CsvLayout {
  struct Wanted {
    std::string name;
    bool optional = false;  ///< whether it may be without a value
    template <class Archive>
    void serialize(Archive& archive) {
      archive(name, optional);
    }
  };

  char delimiter = ',';
  bool header = true;
  std::vector<std::string> null;
  BadRows bad_rows = BadRows::fail;
  std::uint64_t max_record_bytes = 0;
  std::vector<Wanted> wanted;  ///< in the order of the row's fields
  std::vector<CsvHeader> headers;
  std::vector<CsvPartition> partitions;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(delimiter, header, null, bad_rows, max_record_bytes, wanted, headers, partitions);
  }
};

/// Reads the header of each file of `paths` (see find_files()), finds the columns in it and plans
/// the partitions as plan_splits() does. Empty files are left out. Throws InputError for files that
/// cannot be read, and where there are files but not one record; UsageError for a column that a
/// file does not have or has twice, and for options that cannot be.
///
/// A file that is cut is read once more here: only all that is before a cut says whether a line
/// break behind it ends a record. Where each record began is then as certain as in a single pass,
/// and no partition has to look at another one's bytes. Counting quotes is enough where a bad row
/// fails the job: that runs on all cores, at the speed of memory where the file is cached.
/// Otherwise its records are found as a task finds them, on one.
CsvLayout plan_csv(const std::string& paths, std::vector<CsvLayout::Wanted> wanted,
                   const CsvOptions& options);

/// Throws DecodeError where `layout`, as it was received, is not one of rows with `fields` fields.
void check_layout(const CsvLayout& layout, std::size_t fields);

}  // namespace detail
}  // namespace kindred
