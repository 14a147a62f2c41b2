#include "kindred/rdd/show.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fmt/format.h>

namespace kindred::detail {
namespace {

constexpr std::size_t kWidest = 60;

// Columns are counted in characters, not bytes: a UTF-8 continuation byte adds no width.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string cut(const std::string& text) {
  if (width_of(text) <= kWidest) return text;
  std::size_t width = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80 && ++width > kWidest - 3) break;
  }
  return text.substr(0, at) + "...";
}

void pad(std::string& line, const std::string& text, std::size_t width, bool right) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  if (!line.empty()) line += "  ";
  line += right ? space + text : text + space;
}

void end_line(std::string& out, std::string& line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
  line.clear();
}

}  // namespace

std::string shown(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const auto size = std::fabs(value);
  if (size != 0 && (size >= 1e15 || size < 1e-4)) return fmt::format("{:.6g}", value);
  return fmt::format("{:.6f}", value);
}
std::string shown(std::int64_t value) { return fmt::to_string(value); }
std::string shown(std::uint64_t value) { return fmt::to_string(value); }
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return line;
}

std::string ShownTable::text(bool more) const {
  auto names = columns_;
  std::size_t columns = names.size();
  for (const auto& row : rows_) columns = std::max(columns, row.size());
  for (auto i = names.size(); i < columns; ++i)
    names.push_back(columns == 1 ? "value" : fmt::format("_{}", i + 1));
  std::vector<std::size_t> widths(columns);
  std::vector<bool> numbers(columns, !rows_.empty());
  for (std::size_t i = 0; i < columns; ++i) widths[i] = width_of(names[i]);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cut(row[i].text)));
      numbers[i] = numbers[i] && row[i].number;
    }
  }
  std::string out;
  std::string line;
  for (std::size_t i = 0; i < columns; ++i) pad(line, names[i], widths[i], numbers[i]);
  end_line(out, line);
  for (std::size_t i = 0; i < columns; ++i)
    pad(line, std::string(widths[i], '-'), widths[i], false);
  end_line(out, line);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) pad(line, cut(row[i].text), widths[i], numbers[i]);
    end_line(out, line);
  }
  if (more) out += fmt::format("(the first {} rows)\n", rows_.size());
  return out;
}

void ShownTable::print(bool more) const {
  const auto all = text(more);
  std::fwrite(all.data(), 1, all.size(), stdout);
  std::fflush(stdout);
}

}  // namespace kindred::detail
