#include "kindred/rdd/repartition_ops.hpp"

#include <cstdlib>
#include <fmt/format.h>

#include "kindred/engine/error.hpp"

namespace kindred::detail {

void refuse_partition(const OpLabel& op, std::int64_t given, std::uint32_t partitions) {
  guard(op, [&] {
    throw UsageError(
        fmt::format("the function gave partition {} of {}: it must give a number from 0 to {}",
                    given, partitions, partitions - 1));
  });
  std::abort();  // unreachable: guard() has thrown
}

}  // namespace kindred::detail
