#include "kindred/rdd/csv_layout.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string_view>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/csv_cuts.hpp"
#include "kindred/rdd/csv_record.hpp"
#include "kindred/rdd/input_paths.hpp"

namespace kindred::detail {
namespace {

struct FirstRecord {
  std::vector<std::string> names;
  std::uint64_t end = 0;
};

// None for a file without records.
std::optional<FirstRecord> read_names(const FileSplit& first, const CsvLayout& layout) {
  const auto any = layout_of_any(layout, BadRows::fail);
  auto whole = first;
  whole.end = whole.file_size;
  CsvBadRows none;
  CsvRecords records(any, any.headers.front(), whole, none, std::make_shared<MemoryManager>());
  while (records.refill()) {
    if (!records.next()) continue;
    FirstRecord found;
    for (std::uint32_t i = 0; i < records.fields(); ++i) {
      found.names.push_back(layout.header ? std::string(records.field(i).text)
                                          : fmt::format("_c{}", i));
    }
    found.end = records.end();
    return found;
  }
  return std::nullopt;
}

std::uint32_t index_of(const std::string& name, const std::vector<std::string>& names,
                       const std::string& path) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw UsageError(fmt::format("'{}' has no column '{}'; its columns are '{}'", path, name,
                                 fmt::join(names, "', '")));
  }
  const auto again = std::find(found + 1, names.end(), name);
  const auto index = found - names.begin();
  if (again != names.end()) {
    throw UsageError(
        fmt::format("'{}' has two columns '{}', number {} and {}; rename one in the "
                    "header, or read it with CsvOptions::header = false",
                    path, name, index + 1, again - names.begin() + 1));
  }
  return static_cast<std::uint32_t>(index);
}

// The index of the header in the layout.
std::uint32_t add_header(CsvLayout& layout, const std::vector<std::string>& names,
                         const std::string& path) {
  CsvHeader header{static_cast<std::uint32_t>(names.size()), {}};
  for (const auto& wanted : layout.wanted) {
    header.wanted.push_back(index_of(wanted.name, names, path));
  }
  auto& headers = layout.headers;
  const auto known = std::find(headers.begin(), headers.end(), header) - headers.begin();
  if (known == static_cast<std::ptrdiff_t>(headers.size())) headers.push_back(std::move(header));
  return static_cast<std::uint32_t>(known);
}

void check_options(const CsvOptions& options) {
  constexpr std::uint64_t kMostRecordBytes = 1024 * 1024 * 1024;
  if (std::string_view("\"\r\n").find(options.delimiter) != std::string_view::npos) {
    throw UsageError("CsvOptions::delimiter may be neither a quote nor a line break");
  }
  if (options.max_record_bytes < 1 || options.max_record_bytes > kMostRecordBytes) {
    throw UsageError(fmt::format("CsvOptions::max_record_bytes may be 1 to {}, and is {}",
                                 kMostRecordBytes, options.max_record_bytes));
  }
}

// Puts the splits of one file, each with the index of its partition, where they belong.
class FilePlan {
 public:
  explicit FilePlan(CsvLayout& layout) : layout_(layout) {}

  void add(FileSplit split, std::size_t partition) {
    if (split.begin == 0) finish();
    splits_.push_back(std::move(split));
    partitions_.push_back(partition);
  }
  void finish() {
    if (splits_.empty()) return;
    if (const auto first = read_names(splits_.front(), layout_)) {
      const auto header = add_header(layout_, first->names, splits_.front().path);
      if (splits_.size() > 1) {
        move_cuts_to_records(splits_, layout_.header ? first->end : 0, layout_);
      }
      for (std::size_t i = 0; i < splits_.size(); ++i) {
        layout_.partitions[partitions_[i]].push_back({std::move(splits_[i]), header});
      }
    }
    splits_.clear();
    partitions_.clear();
  }

 private:
  CsvLayout& layout_;
  std::vector<FileSplit> splits_;
  std::vector<std::size_t> partitions_;
};

}  // namespace

CsvLayout plan_csv(const std::string& paths, std::vector<CsvLayout::Wanted> wanted,
                   const CsvOptions& options) {
  check_options(options);
  CsvLayout layout;
  layout.delimiter = options.delimiter;
  layout.header = options.header;
  layout.null = options.null;
  layout.bad_rows = options.bad_rows;
  layout.max_record_bytes = options.max_record_bytes;
  layout.wanted = std::move(wanted);
  auto partitions = plan_splits(paths, options.partitions.checked("csv_file"));
  layout.partitions.resize(partitions.size());
  FilePlan plan(layout);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    for (auto& split : partitions[i]) plan.add(std::move(split), i);
  }
  plan.finish();
  if (layout.headers.empty() && !find_files(paths).empty()) {
    throw InputError(fmt::format("'{}' is empty: a CSV file needs {}", paths,
                                 options.header ? "a header (or CsvOptions::header = false)"
                                                : "one record at least, which says its columns"));
  }
  return layout;
}

void check_layout(const CsvLayout& layout, std::size_t fields) {
  bool fits = layout.wanted.size() == fields;
  for (const auto& header : layout.headers) {
    fits &= header.wanted.size() == fields;
    for (const auto index : header.wanted) fits &= index < header.columns;
  }
  for (const auto& partition : layout.partitions) {
    for (const auto& split : partition) fits &= split.header < layout.headers.size();
  }
  if (!fits) throw DecodeError("lineage: the columns of a CSV file do not fit its rows");
}

}  // namespace kindred::detail
