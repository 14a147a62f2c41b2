#include "kindred/rdd/csv_cuts.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "kindred/rdd/csv_record.hpp"
#include "kindred/rdd/input_file.hpp"

namespace kindred::detail {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kFewBytes = 4 * 1024;
constexpr std::size_t kManyBytes = 64 * 1024;
constexpr std::uint64_t kByteOrderMark = 3;

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

// Whether the first of some bytes of a right file is inside quotes, where that can be told from
// them alone: a quote that opens stands behind a separator or a quote, one that closes before them,
// and mostly one of the first quotes can do only one of the two. In a wrong file it may be told
// wrongly: the split that holds the first wrong quote, or ends before it, fails nevertheless.
std::optional<bool> is_inside_quotes(std::string_view bytes, char delimiter) {
  const auto parts = [delimiter](char c) { return c == delimiter || c == '\n' || c == '"'; };
  bool may_be_inside = true;
  bool may_be_outside = true;
  bool odd = true;  // the first, the third, ... quote
  for (auto i = bytes.find('"'); i != bytes.npos; i = bytes.find('"', i + 1)) {
    // Not seen is as good as right.
    const bool may_open = i == 0 || parts(bytes[i - 1]);
    const bool may_close = i + 1 == bytes.size() || parts(bytes[i + 1]) || bytes[i + 1] == '\r';
    may_be_inside = may_be_inside && (odd ? may_close : may_open);
    may_be_outside = may_be_outside && (odd ? may_open : may_close);
    if (may_be_inside != may_be_outside) return may_be_inside;
    if (!may_be_inside) return {};
    odd = !odd;
  }
  return {};
}

// The same of a byte of a file; no more than about `most` bytes are looked at.
std::optional<bool> is_inside_quotes(const InputFile& file, std::uint64_t position,
                                     std::uint64_t most, char delimiter) {
  // The first quote may stand behind a byte order mark.
  if (position <= kByteOrderMark) return odd_quotes(file, 0, position);
  std::vector<char> bytes;
  for (const auto window : {kFewBytes, kManyBytes}) {
    if (window > kFewBytes && window > most) break;
    bytes.resize(std::min<std::uint64_t>(window, file.size() - position));
    bytes.resize(file.read_at(position, bytes.data(), bytes.size()));
    const auto inside = is_inside_quotes({bytes.data(), bytes.size()}, delimiter);
    if (inside || bytes.size() < window) return inside;
  }
  return {};
}

// Where the first record begins at or behind `cut`; `quoted` says whether the byte before the cut
// is inside quotes, or is one that closes them.
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

// At a cut: whether the byte before it is inside quotes, or closes them, if that can be told;
// otherwise whether an odd number of quotes stands between the byte before the last cut and it.
struct Quotes {
  std::optional<bool> inside;
  bool odd = false;
};

std::vector<Quotes> quotes_at_cuts(const InputFile& file, const std::vector<FileSplit>& splits,
                                   char delimiter) {
  std::vector<Quotes> quotes(splits.size() - 1);
  std::atomic<std::size_t> next{0};
  const auto look = [&] {
    for (auto i = next++; i < quotes.size(); i = next++) {
      const auto begin = std::max<std::uint64_t>(splits[i].begin, 1) - 1;
      const auto end = std::max<std::uint64_t>(splits[i].end, 1) - 1;
      quotes[i].inside = is_inside_quotes(file, end, end - begin, delimiter);
      if (!quotes[i].inside) quotes[i].odd = odd_quotes(file, begin, end);
    }
  };
  const auto threads =
      std::min<std::size_t>(std::max(1U, std::thread::hardware_concurrency()), quotes.size());
  std::vector<std::future<void>> others;
  for (std::size_t i = 1; i < threads; ++i) others.push_back(std::async(std::launch::async, look));
  look();
  for (auto& other : others) other.get();
  return quotes;
}

void move_by_quotes(std::vector<FileSplit>& splits, std::uint64_t header_end, char delimiter) {
  const InputFile file(splits.front().path);
  if (file.size() != splits.front().file_size) file.fail("its size changed while it was read");
  const auto quotes = quotes_at_cuts(file, splits, delimiter);
  bool quoted = false;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < quotes.size(); ++i) {
    quoted = quotes[i].inside.value_or(quoted != quotes[i].odd);
    const auto cut = splits[i].end;
    splits[i].begin = begin;
    if (cut > begin) begin = record_begin(file, cut, quoted);
    begin = std::max(begin, header_end);
    splits[i].end = begin;
  }
  splits.back().begin = begin;
}

// The first quote that is not right turns inside out what follows it, so that only reading tells
// where records begin.
void move_by_records(std::vector<FileSplit>& splits, std::uint64_t header_end,
                     const CsvLayout& layout) {
  auto whole = splits.front();
  whole.end = whole.file_size;
  const auto any = layout_of_any(layout, BadRows::skip);
  CsvBadRows bad_rows;
  CsvRecords records(any, any.headers.front(), whole, bad_rows, std::make_shared<MemoryManager>());
  std::size_t cut = 0;
  const auto last = splits.size() - 1;
  while (cut < last && records.refill()) {
    while (cut < last && records.next()) {
      const auto begin = records.begin();
      for (; cut < last && std::max(splits[cut].end, header_end) <= begin; ++cut) {
        splits[cut].end = begin;
      }
    }
  }
  for (; cut < last; ++cut) splits[cut].end = whole.file_size;
  for (std::size_t i = 1; i < splits.size(); ++i) splits[i].begin = splits[i - 1].end;
}

}  // namespace

void move_cuts_to_records(std::vector<FileSplit>& splits, std::uint64_t header_end,
                          const CsvLayout& layout) {
  if (layout.bad_rows == BadRows::fail) {
    move_by_quotes(splits, header_end, layout.delimiter);
  } else {
    move_by_records(splits, header_end, layout);
  }
}

CsvLayout layout_of_any(const CsvLayout& layout, BadRows bad_rows) {
  CsvLayout any;
  any.delimiter = layout.delimiter;
  any.header = false;
  any.bad_rows = bad_rows;
  any.max_record_bytes = layout.max_record_bytes;
  any.headers.emplace_back();
  return any;
}

}  // namespace kindred::detail
