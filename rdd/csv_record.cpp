#include "kindred/rdd/csv_record.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>

#include "kindred/engine/error.hpp"
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

CsvRecords::CsvRecords(const CsvLayout& layout, const FileSplit& split, MemoryRef memory)
    : layout_(layout),
      split_(split),
      memory_(std::move(memory)),
      blocks_(split, memory_),
      index_(memory_),
      unescaped_(Accounted<char>(memory_)),
      header_(layout.header && split.begin == 0) {}

bool CsvRecords::refill() {
  do {
    if (!blocks_.refill(unread_)) {
      if (unread_ > 0) fail_unclosed();
      return false;
    }
    text_ = blocks_.text();
    record_ = 0;
    if (text_.size() >= CsvIndex::kNone) fail_at(0, "the record is longer than 4 GiB");
    index_.scan(text_, layout_.delimiter);
    if (index_.records() == 0 && index_.misplaced() != CsvIndex::kNone) fail_quotes();
    unread_ = text_.size() - begin_of_rest();
    // The last record of a file need not end with a line break.
    if (blocks_.at_end() && unread_ > 0 && !index_.ends_quoted()) {
      index_.close(static_cast<std::uint32_t>(text_.size()));
      unread_ = 0;
    }
  } while (index_.records() == 0);
  return true;
}

bool CsvRecords::next() {
  do {
    if (record_ == index_.records()) return false;
    first_ = record_ == 0 ? 0 : index_.record_end(record_ - 1) + 1;
    last_ = index_.record_end(record_++);
    if (index_.misplaced() < index_.separator(last_)) [[unlikely]] {
      fail_quotes();
    }
  } while ((fields() != layout_.columns || header_) && skips());
  if (fields() != layout_.columns && layout_.columns != 0) fail_length();
  unescaped_.clear();
  return true;
}

// Whether the record is an empty line or the header.
bool CsvRecords::skips() {
  const auto begin = begin_of(first_);
  const auto line = text_.substr(begin, index_.separator(first_) - begin);
  const bool empty = first_ == last_ && (line.empty() || line == "\r");
  if (empty && (header_ || layout_.columns != 1)) return true;
  return std::exchange(header_, false);
}

std::uint64_t CsvRecords::end() const {
  return blocks_.offset() + std::min<std::size_t>(index_.separator(last_) + 1, text_.size());
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
  return std::find(layout_.null.begin(), layout_.null.end(), field.text) != layout_.null.end();
}

std::uint32_t CsvRecords::begin_of_rest() const {
  if (index_.records() == 0) return 0;
  return index_.separator(index_.record_end(index_.records() - 1)) + 1;
}

void CsvRecords::fail(const CsvLayout::Wanted& wanted, std::string_view why) const {
  fail_at(begin_of(first_ + wanted.index), fmt::format("column '{}': {}", wanted.name, why));
}

void CsvRecords::fail_null(const CsvLayout::Wanted& wanted, std::string_view text,
                           std::string_view type) const {
  fail(wanted, fmt::format("'{0}' means that there is no value, and a column of {1} must have one; "
                           "use column<std::optional<{1}>>(\"{2}\"), or leave '{0}' out of "
                           "CsvOptions::null",
                           text, type, wanted.name));
}

void CsvRecords::fail_value(const CsvLayout::Wanted& wanted, std::string_view text,
                            std::string_view type, std::errc error) const {
  fail(wanted,
       fmt::format("'{}' {} {}", shortened(text),
                   error == std::errc::result_out_of_range ? "does not fit into" : "is not of type",
                   type));
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

void CsvRecords::fail_unclosed() const {
  if (index_.misplaced() != CsvIndex::kNone) fail_quotes();
  fail_at(begin_of(index_.separators()),
          "the quoted field that begins here does not end; close it with a quote, and double each "
          "quote inside it");
}

void CsvRecords::fail_length() const {
  const auto begin = begin_of(first_);
  fail_at(begin, fmt::format("the record has {} fields, and the file {} columns: {}", fields(),
                             layout_.columns,
                             shortened(text_.substr(begin, index_.separator(last_) - begin))));
}

void CsvRecords::fail_at(std::uint32_t position, std::string_view why) const {
  const auto line = line_at(split_, blocks_.offset() + position, memory_);
  throw InputError(fmt::format("'{}', line {}: {}", split_.path, line, why));
}

}  // namespace kindred::detail
