// csv_file(): typed columns of a CSV file, found by their names.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/lineage.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/engine/task_context.hpp"
#include "kindred/rdd/csv_bad_rows.hpp"
#include "kindred/rdd/csv_layout.hpp"
#include "kindred/rdd/csv_record.hpp"
#include "kindred/rdd/op_label.hpp"

namespace kindred {

namespace detail {

template <class T>
concept CsvNumber = std::floating_point<T> ||
    (std::integral<T> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
     !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>);

template <class T>
inline constexpr bool csv_value = CsvNumber<T> || std::same_as<T, std::string>;
template <class T>
inline constexpr bool csv_value<std::optional<T>> = csv_value<T> && !is_optional<T>;

}  // namespace detail

/// A column of a CSV file: its name in the header and the type of its values.
template <class T>
struct Column {
  std::string name;
};

/// Names a column for csv_file(). T is an integer, a floating point type, bool (true, false, 1, 0)
/// or std::string, or std::optional of one: then a null text (CsvOptions::null) gives nullopt. In
/// another column a null text is an error.
///     context.csv_file("people.csv", column<std::string>("Name"),
///     column<std::optional<int>>("Age"))
template <class T>
Column<T> column(std::string name) {
  static_assert(detail::csv_value<T>,
                "column<T>: T must be a number, bool, std::string, or std::optional of one; read "
                "a std::string and map it to make anything else");
  return {std::move(name)};
}

namespace detail {

std::errc parse_csv(std::string_view text, bool& value);
std::errc parse_csv(std::string_view text, float& value);
std::errc parse_csv(std::string_view text, double& value);
std::errc parse_csv(std::string_view text, long double& value);
template <std::integral T>
std::errc parse_csv(std::string_view text, T& value) {
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop != end ? std::errc::invalid_argument : error;
}

template <class T>
constexpr std::string_view csv_type_name() {
  if constexpr (std::same_as<T, bool>) return "bool";
  if constexpr (std::same_as<T, std::string>) return "std::string";
  if constexpr (std::same_as<T, int>) return "int";
  if constexpr (std::same_as<T, float>) return "float";
  if constexpr (std::same_as<T, double>) return "double";
  if constexpr (std::same_as<T, long double>) return "long double";
  constexpr std::string_view kSigned[] = {"std::int8_t", "std::int16_t", "std::int32_t",
                                          "std::int64_t"};
  constexpr std::string_view kUnsigned[] = {"std::uint8_t", "std::uint16_t", "std::uint32_t",
                                            "std::uint64_t"};
  constexpr auto index = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
  return std::is_signed_v<T> ? kSigned[index] : kUnsigned[index];
}

/// The n-th wanted field of the current record as a T, or as the view that a chain passes for it. A
/// bad one is noted, or fails, and gives any value.
template <class T>
passed_t<T> read_csv(CsvRecords& records, std::size_t n) {
  const auto field = records.wanted(n);
  if constexpr (is_optional<T>) {
    using Value = typename T::value_type;
    if (records.is_null(field)) return std::nullopt;
    if constexpr (std::same_as<Value, std::string>) {
      return Value(field.text);
    } else {
      Value value{};
      const auto error = parse_csv(field.text, value);
      if (error == std::errc{}) return value;
      records.bad_value(n, field.text, csv_type_name<Value>(), error);
      return std::nullopt;
    }
  } else {
    if (records.is_null(field)) records.missing_value(n, field.text, csv_type_name<T>());
    if constexpr (std::same_as<T, std::string>) {
      return field.text;
    } else {
      T value{};
      const auto error = parse_csv(field.text, value);
      if (error != std::errc{}) records.bad_value(n, field.text, csv_type_name<T>(), error);
      return value;
    }
  }
}

/// The source of csv_file(): a pipeline without parent that passes a tuple for each record.
template <class... T>
struct CsvRows {
  static_assert(sizeof...(T) > 0, "csv_file: name one column at least");
  using Passed = std::tuple<passed_t<T>...>;

  std::shared_ptr<const CsvLayout> layout;
  std::shared_ptr<const OpLabel> label;

  /// Finds the columns and plans the partitions, as plan_csv() does; what it throws names `op`.
  static CsvRows open(const std::string& paths, const CsvOptions& options, OpLabel op,
                      const Column<T>&... columns) {
    options.partitions.checked(op.op);  // first: it names its own place
    auto layout = name_call(op, [&] {
      return plan_csv(paths, {CsvLayout::Wanted{columns.name, is_optional<T>}...}, options);
    });
    return {std::make_shared<const CsvLayout>(std::move(layout)),
            std::make_shared<const OpLabel>(std::move(op))};
  }
  std::uint32_t partitions() const { return static_cast<std::uint32_t>(layout->partitions.size()); }

  template <class Sink>
  bool run(PartitionId partition, TaskContext& task, Sink& sink) const {
    CsvBadRows bad_rows;
    bool more = true;
    for (const auto& split : layout->partitions.at(partition.value)) {
      more = run_split(split, bad_rows, task, sink);
      if (!more) break;
    }
    bad_rows.warn(layout->bad_rows, *label, partition, task.memory());
    return more;
  }

  void encode(LineageWriter& out) const { out.value(*layout); }
  static CsvRows decode(LineageReader& in) {
    auto layout = std::make_shared<const CsvLayout>(in.value<CsvLayout>());
    check_layout(*layout, sizeof...(T));
    return {std::move(layout), std::make_shared<const OpLabel>(in.label())};
  }
  void parents(std::vector<NodeRef>&) const {}
  void labels(OpLabels& out) const { out.push_back(*label); }

 private:
  template <class Sink>
  bool run_split(const CsvSplit& split, CsvBadRows& bad_rows, TaskContext& task, Sink& sink) const {
    CsvRecords records(*layout, layout->headers.at(split.header), split.file, bad_rows,
                       task.memory());
    while (records.refill()) {
      task.check_stop();
      while (records.next()) {
        auto values = row(records, std::index_sequence_for<T...>{});
        if (!records.left_out() && !sink(std::move(values))) return false;
      }
    }
    return true;
  }

  template <std::size_t... i>
  static Passed row(CsvRecords& records, std::index_sequence<i...>) {
    if constexpr ((is_optional<T> && ...)) {
      if (records.unreadable()) return Passed{};
    }
    return Passed{read_csv<T>(records, i)...};
  }
};

}  // namespace detail
}  // namespace kindred
