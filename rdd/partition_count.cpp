#include "kindred/rdd/partition_count.hpp"

#include <fmt/format.h>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/op_label.hpp"

namespace kindred {

std::optional<std::uint32_t> PartitionCount::checked(std::string_view op) const {
  constexpr std::int64_t kMost = 1'000'000;
  if (!count_) return std::nullopt;
  if (*count_ >= 1 && *count_ <= kMost) return static_cast<std::uint32_t>(*count_);
  const auto label = detail::make_label(op, where_)->text();
  if (*count_ < 1) {
    throw UsageError(
        fmt::format("{}: {} partitions were asked for; at least 1 is needed (leave the number out "
                    "to have it chosen)",
                    label, *count_));
  }
  throw UsageError(
      fmt::format("{}: {} partitions were asked for; {} is the most", label, *count_, kMost));
}

}  // namespace kindred
