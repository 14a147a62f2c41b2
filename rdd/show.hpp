// Elements as text, in aligned columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "kindred/rdd/value_text.hpp"

namespace kindred::detail {

/// One value as text: floating point with six decimals; ranges as [a, b, ...]; a variant as what it
/// holds; other types by their operator<< or to_string(). For all that has_text().
std::string shown(double value);
std::string shown(std::int64_t value);
std::string shown(std::uint64_t value);
std::string shown(bool value);
std::string shown(std::string_view text);

template <class T>
std::string shown_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return shown(value);
  } else if constexpr (std::is_same_v<T, char>) {
    return std::string(1, value);
  } else if constexpr (!std::is_arithmetic_v<T> && (Streamed<T> || WithToString<T>)) {
    std::string text;
    append_value(text, value);
    return shown(std::string_view(text));
  } else if constexpr (std::is_floating_point_v<T>) {
    return shown(static_cast<double>(value));
  } else if constexpr (std::is_enum_v<T> || (std::is_integral_v<T> && std::is_signed_v<T>)) {
    return shown(static_cast<std::int64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return shown(static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return shown(std::string_view(value));
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    return "-";
  } else if constexpr (is_variant<T>) {
    return std::visit([](const auto& held) { return shown_value(held); }, value);
  } else if constexpr (OptionalLike<T>) {
    return value.has_value() ? shown_value(*value) : "-";
  } else if constexpr (TupleLike<T>) {
    std::string text = "(";
    std::apply([&](const auto&... part) { ((text += shown_value(part) + ", "), ...); }, value);
    if (text.size() > 1) text.resize(text.size() - 2);
    return text + ")";
  } else {
    constexpr std::size_t kMost = 100;  // more would be cut from the cell anyway
    std::string text = "[";
    std::size_t count = 0;
    for (const auto& element : value) {
      if (count++ > 0) text += ", ";
      if (count > kMost) break;
      text += shown_value(element);
    }
    return text + "]";
  }
}

/// What show() prints: a line of column names, a line of rows each. Numbers to the right, long
/// texts cut.
class ShownTable {
 public:
  explicit ShownTable(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  struct Cell {
    std::string text;
    bool number = false;
  };
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  /// The table; `more` says that there are rows which it does not show.
  std::string text(bool more) const;
  /// Writes text() to standard output.
  void print(bool more) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<Cell>> rows_;
};

template <class T>
ShownTable::Cell shown_cell(const T& value) {
  constexpr bool number =
      std::is_arithmetic_v<T> && !std::is_same_v<T, char> && !std::is_same_v<T, bool>;
  return {shown_value(value), number};
}

/// Adds an element: a pair or tuple has a column for each part, and so has a pair inside a pair.
template <class T>
void append_cells(std::vector<ShownTable::Cell>& cells, const T& value) {
  if constexpr (TupleLike<T>) {
    std::apply([&](const auto&... part) { (append_cells(cells, part), ...); }, value);
  } else {
    cells.push_back(shown_cell(value));
  }
}
template <class T>
void show_row(ShownTable& table, const T& row) {
  std::vector<ShownTable::Cell> cells;
  append_cells(cells, row);
  table.add(std::move(cells));
}

}  // namespace kindred::detail
