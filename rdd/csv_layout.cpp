#include "kindred/rdd/csv_layout.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <fmt/format.h>
#include <future>
#include <memory>
#include <string_view>
#include <thread>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/csv_record.hpp"
#include "kindred/rdd/input_file.hpp"

namespace kindred::detail {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

// Reads [begin, end) of the file a piece at a time until `use(piece)` returns false.
template <class Use>
void for_each_piece(const InputFile& file, std::uint64_t begin, std::uint64_t end, Use use) {
  std::vector<char> piece(std::min<std::uint64_t>(kPieceBytes, end - begin));
  while (begin < end) {
    const auto size =
        file.read_at(begin, piece.data(), std::min<std::uint64_t>(piece.size(), end - begin));
    if (size == 0) file.fail("it became shorter while it was read");
    if (!use(std::string_view(piece.data(), size))) return;
    begin += size;
  }
}

// Whether [begin, end) of the file has an odd number of quotes.
bool odd_quotes(const InputFile& file, std::uint64_t begin, std::uint64_t end) {
  unsigned char odd = 0;  // a byte, so that the compiler makes a loop of vectors of it
  for_each_piece(file, begin, end, [&](std::string_view piece) {
    for (const char c : piece) odd ^= static_cast<unsigned char>(c == '"');
    return true;
  });
  return odd != 0;
}

// Where the first record begins at or behind `cut`; `quoted` says whether the byte before the cut
// is inside quotes, or is one that opens them.
std::uint64_t record_begin(const InputFile& file, std::uint64_t cut, bool quoted) {
  auto begin = cut - 1;
  bool found = false;
  for_each_piece(file, begin, file.size(), [&](std::string_view piece) {
    for (const char c : piece) {
      ++begin;
      if (c == '"') quoted = !quoted;
      found = c == '\n' && !quoted;
      if (found) return false;
    }
    return true;
  });
  return found ? begin : file.size();
}

// For each split, whether an odd number of quotes stands between the byte before its begin and the
// byte before its end.
std::vector<char> parities(const InputFile& file, const std::vector<FileSplit>& splits) {
  std::vector<char> odd(splits.size());
  std::atomic<std::size_t> next{0};
  const auto count = [&] {
    for (auto i = next++; i < splits.size(); i = next++) {
      const auto begin = std::max<std::uint64_t>(splits[i].begin, 1) - 1;
      const auto end = std::max<std::uint64_t>(splits[i].end, 1) - 1;
      odd[i] = odd_quotes(file, begin, end);
    }
  };
  const auto threads =
      std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), splits.size());
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < threads; ++i) {
    others.push_back(std::async(std::launch::async, count));
  }
  count();
  for (auto& other : others) other.get();
  return odd;
}

// Moves each cut to the record that begins at it or next behind it, but the first one behind the
// header.
void move_cuts_to_records(std::vector<FileSplit>& splits, std::uint64_t header_end) {
  const InputFile file(splits.front().path);
  if (file.size() != splits.front().file_size) file.fail("its size changed while it was read");
  const auto odd = parities(file, splits);
  bool quoted = false;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i + 1 < splits.size(); ++i) {
    quoted ^= odd[i] != 0;
    const auto cut = splits[i].end;
    splits[i].begin = begin;
    if (cut > begin) begin = record_begin(file, cut, quoted);
    begin = std::max(begin, header_end);
    splits[i].end = begin;
  }
  splits.back().begin = begin;
}

struct FirstRecord {
  std::vector<std::string> names;
  std::uint64_t end;
};

FirstRecord read_names(const FileSplit& first, const CsvOptions& options) {
  CsvLayout any;
  any.delimiter = options.delimiter;
  any.header = false;
  auto whole = first;
  whole.end = whole.file_size;
  CsvRecords records(any, whole, std::make_shared<MemoryManager>());
  while (records.refill()) {
    if (!records.next()) continue;
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < records.fields(); ++i) {
      names.push_back(options.header ? std::string(records.field(i).text) : fmt::format("_c{}", i));
    }
    return {std::move(names), records.end()};
  }
  throw InputError(fmt::format("'{}' is empty: a CSV file needs {}", first.path,
                               options.header ? "a header (or CsvOptions::header = false)"
                                              : "one record at least, which says its columns"));
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

}  // namespace

CsvLayout plan_csv(const std::string& path, const std::vector<std::string>& wanted,
                   const CsvOptions& options) {
  if (std::string_view("\"\r\n").find(options.delimiter) != std::string_view::npos) {
    throw UsageError("CsvOptions::delimiter may be neither a quote nor a line break");
  }
  CsvLayout layout;
  layout.delimiter = options.delimiter;
  layout.header = options.header;
  layout.null = options.null;
  layout.splits = plan_splits(path, options.partitions);
  const auto [names, header_end] = read_names(layout.splits.front(), options);
  layout.columns = static_cast<std::uint32_t>(names.size());
  for (const auto& name : wanted) {
    layout.wanted.push_back({name, index_of(name, names, layout.splits.front().path)});
  }
  if (layout.splits.size() > 1) move_cuts_to_records(layout.splits, layout.header ? header_end : 0);
  return layout;
}

void check_layout(const CsvLayout& layout, std::size_t fields) {
  const bool fits = layout.wanted.size() == fields &&
                    std::all_of(layout.wanted.begin(), layout.wanted.end(),
                                [&](const auto& one) { return one.index < layout.columns; });
  if (!fits) throw DecodeError("lineage: the columns of a CSV file do not fit its rows");
}

}  // namespace kindred::detail
