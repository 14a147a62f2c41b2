// The optional last argument of sources and wide ops.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

#include "kindred/rdd/source_location.hpp"

namespace kindred {

/// A number of partitions, or none: then the op chooses, from the size of the data or from its
/// parent, never from the number of cores, so that the result does not depend on the machine.
/// Remembers where in the user's program the number stands, for errors.
class PartitionCount {
 public:
  PartitionCount() = default;
  template <std::integral Int>
  PartitionCount(Int count,  // NOLINT: range(0, 10, 4) reads best
                 SourceLocation where = SourceLocation::current())
      : count_(static_cast<std::int64_t>(count)), where_(where) {}

  /// The number, or `otherwise`, but at least 1: rows are dealt out to partitions even where a
  /// parent has none. Throws UsageError, naming the op and where the number was given, for one
  /// below 1 or beyond 1,000,000.
  std::uint32_t value_or(std::uint32_t otherwise, std::string_view op) const {
    return std::max(checked(op).value_or(otherwise), std::uint32_t{1});
  }
  /// The number, or none; throws as value_or() does.
  std::optional<std::uint32_t> checked(std::string_view op) const;

 private:
  std::optional<std::int64_t> count_;
  SourceLocation where_;
};

}  // namespace kindred
