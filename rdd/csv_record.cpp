#include "kindred/rdd/csv_record.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace kindred::detail {
namespace {

// Positions in a piece are of 32 bits.
constexpr std::size_t kMostPiece = std::size_t{1} << 31;
constexpr std::size_t kPieceBehindBad = 4096;

}  // namespace

CsvRecords::CsvRecords(const CsvLayout& layout, const CsvHeader& header, const FileSplit& split,
                       CsvBadRows& bad_rows, MemoryRef memory)
    : layout_(layout),
      header_fields_(header),
      split_(split),
      bad_rows_(bad_rows),
      memory_(std::move(memory)),
      blocks_(split, memory_),
      index_(memory_),
      unescaped_(Accounted<char>(memory_)),
      piece_size_(kMostPiece),
      header_(layout.header && split.begin == 0) {}

bool CsvRecords::refill() {
  do {
    if (!next_piece()) {
      if (next_ == block_.size()) return false;
      check_rest(true);
    } else if (finds_line_) {
      find_line();
    } else {
      scan();
    }
  } while (index_.records() == 0 && !gives_unreadable_);
  return true;
}

// Goes to what is not indexed yet, in the block or behind it; false where there is nothing.
bool CsvRecords::next_piece() {
  if (read_ == block_.size()) {
    const auto rest = block_.size() - next_;
    if (!blocks_.refill(rest)) return false;
    block_ = blocks_.text();
    next_ = 0;
  }
  piece_ = next_;
  text_ = block_.substr(piece_, piece_size_);
  piece_size_ = std::min(piece_size_ * 2, kMostPiece);
  read_ = piece_ + text_.size();
  return true;
}

void CsvRecords::scan() {
  record_ = 0;
  index_.scan(text_, layout_.delimiter);
  const auto rest = text_.size() - begin_of_rest();
  next_ = piece_ + begin_of_rest();
  // The last record of a file need not end with a line break.
  if (blocks_.at_end() && read_ == block_.size() && rest > 0 && !index_.ends_quoted()) {
    index_.close(static_cast<std::uint32_t>(text_.size()));
    next_ = block_.size();
  }
  if (index_.records() == 0) check_rest(false);
}

// A record that did not end in the piece is read again with more text, unless it is bad already, or
// the file has `ended`: then it is inside quotes.
void CsvRecords::check_rest(bool ended) {
  const auto begin = begin_of_rest();
  if (index_.misplaced() - begin < layout_.max_record_bytes) {
    if (!tolerates_records()) fail_quotes();
    leave_out(begin, index_.misplaced());
  } else if (ended || text_.size() - begin >= layout_.max_record_bytes) {
    if (!tolerates_records()) fail_unclosed(begin, ended);
    leave_out(begin, begin);
  }
}

bool CsvRecords::next() {
  unreadable_ = bad_ = std::exchange(gives_unreadable_, false);
  if (unreadable_) return true;
  while (true) {
    if (record_ == index_.records()) return false;
    first_ = record_ == 0 ? 0 : index_.record_end(record_ - 1) + 1;
    last_ = index_.record_end(record_++);
    const auto end = index_.separator(last_);
    if (index_.misplaced() < end || end - begin_of(first_) >= layout_.max_record_bytes)
        [[unlikely]] {
      return next_is_bad();
    }
    if (fields() == header_fields_.columns && !header_) break;
    if (skips()) continue;
    if (fields() == header_fields_.columns || header_fields_.columns == 0) break;
    if (!tolerates_records()) fail_length();
    note_bad();
    unreadable_ = layout_.bad_rows == BadRows::null;
    if (unreadable_) return true;
  }
  bad_ = false;
  unescaped_.clear();
  return true;
}

// The record is bad by its quotes or length: the piece ends here.
bool CsvRecords::next_is_bad() {
  const auto begin = begin_of(first_);
  const bool quotes = index_.misplaced() - begin < layout_.max_record_bytes;
  if (!tolerates_records()) {
    if (quotes) fail_quotes();
    fail_too_long(begin);
  }
  leave_out(begin, quotes ? index_.misplaced() : begin);
  unreadable_ = bad_ = std::exchange(gives_unreadable_, false);
  return unreadable_;
}

// Goes to the line behind `from`.
void CsvRecords::leave_out(std::uint32_t begin, std::uint32_t from) {
  bad_rows_.add(split_, offset_of(begin));
  gives_unreadable_ = layout_.bad_rows == BadRows::null;
  record_ = index_.records();
  piece_size_ = kPieceBehindBad;
  next_ = piece_ + from;
  find_line();
}

void CsvRecords::find_line() {
  const auto line_break = block_.find('\n', next_);
  finds_line_ = line_break == block_.npos;
  next_ = read_ = finds_line_ ? block_.size() : line_break + 1;
}

bool CsvRecords::tolerates_records() const {
  if (layout_.bad_rows != BadRows::null) return layout_.bad_rows == BadRows::skip;
  return std::all_of(layout_.wanted.begin(), layout_.wanted.end(),
                     [](const auto& wanted) { return wanted.optional; });
}

void CsvRecords::note_bad() {
  if (!bad_) bad_rows_.add(split_, begin());
  bad_ = true;
}

// Whether the record is an empty line or the header.
bool CsvRecords::skips() {
  const auto begin = begin_of(first_);
  const auto line = text_.substr(begin, index_.separator(first_) - begin);
  const bool empty = first_ == last_ && (line.empty() || line == "\r");
  if (empty && (header_ || header_fields_.columns != 1)) return true;
  return std::exchange(header_, false);
}

std::uint64_t CsvRecords::end() const {
  return offset_of(
      static_cast<std::uint32_t>(std::min<std::size_t>(index_.separator(last_) + 1, text_.size())));
}

CsvField CsvRecords::field(std::uint32_t index) {
  const auto separator = first_ + index;
  const auto begin = begin_of(separator);
  auto text = text_.substr(begin, index_.separator(separator) - begin);
  if (separator == last_ && text.ends_with('\r')) text.remove_suffix(1);
  if (!text.starts_with('"')) return {text, false};
  text.remove_prefix(1);
  text.remove_suffix(1);
  if (std::memchr(text.data(), '"', text.size()) == nullptr) return {text, true};
  return unescaped(text);
}

CsvField CsvRecords::unescaped(std::string_view text) {
  // Room for all fields at once: the views of those before this one must stay valid.
  if (unescaped_.empty()) {
    const std::size_t record = index_.separator(last_) - begin_of(first_);
    unescaped_.reserve(record * std::max<std::size_t>(layout_.wanted.size(), 1));
  }
  const auto begin = unescaped_.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    unescaped_ += text[i];
    if (text[i] == '"') ++i;
  }
  return {std::string_view(unescaped_).substr(begin), true};
}

bool CsvRecords::is_null(const CsvField& field) const {
  if (field.quoted) return false;
  return std::any_of(layout_.null.begin(), layout_.null.end(), [&](const std::string& null) {
    if (null.size() != field.text.size()) return false;
    // Most fields are seen to be none by their first byte, without a call to compare the rest.
    return null.empty() || (null.front() == field.text.front() && null == field.text);
  });
}

std::uint32_t CsvRecords::begin_of_rest() const {
  if (index_.records() == 0) return 0;
  return index_.separator(index_.record_end(index_.records() - 1)) + 1;
}

}  // namespace kindred::detail
