// What is known of a CSV file when its RDD is made, for all of its columns' types alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kindred/rdd/file_split.hpp"

namespace kindred {

/// How a CSV file is written.
///     context.csv_file("a.csv", CsvOptions{.delimiter = ';'}, column<int>("Year"))
struct CsvOptions {
  char delimiter = ',';
  /// Whether the first record names the columns. Without one they are `_c0`, `_c1` and so on.
  bool header = true;
  /// Texts that mean "no value" where they stand outside quotes.
  std::vector<std::string> null = {"", "NA"};
  /// The number of partitions; by default one for each 32 MiB. A compressed file has one.
  std::optional<std::uint32_t> partitions = std::nullopt;
};

namespace detail {

/// Where the fields that are asked for stand in each record, and where each partition begins.
struct CsvLayout {
  struct Wanted {
    std::string name;
    std::uint32_t index = 0;
    template <class Archive>
    void serialize(Archive& archive) {
      archive(name, index);
    }
  };

  char delimiter = ',';
  bool header = true;
  std::vector<std::string> null;
  std::uint32_t columns = 0;   ///< of each record
  std::vector<Wanted> wanted;  ///< in the order of the row's fields
  std::vector<FileSplit> splits;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(delimiter, header, null, columns, wanted, splits);
  }
};

/// Reads the header, finds the columns and plans the partitions. Throws InputError for a file that
/// cannot be read or has no first record, UsageError for a column that the file does not have or
/// has twice.
///
/// For more than one partition it reads the whole file once more, on all cores, at the speed of
/// memory where the file is cached: only all quotes before a cut say whether a line break behind
/// it ends a record. Where each record began is then as certain as in a single pass, and no
/// partition has to look at another one's bytes.
CsvLayout plan_csv(const std::string& path, const std::vector<std::string>& wanted,
                   const CsvOptions& options);

/// Throws DecodeError where `layout`, as it was received, is not one of rows with `fields` fields.
void check_layout(const CsvLayout& layout, std::size_t fields);

}  // namespace detail
}  // namespace kindred
