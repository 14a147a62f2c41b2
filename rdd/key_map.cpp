#include "kindred/rdd/key_map.hpp"

#include "kindred/engine/error.hpp"

namespace kindred::detail {

void refuse_key_order(const OpLabel& op) {
  throw UsageError(
      op.text() +
      ": the operator< of this key type is no order of its keys, so that a std::map would lose "
      "some: of two keys that differ by == one must be less than the other. Compare all fields in "
      "both operators; where a field may be NaN, write kindred::KeyLess{}(x, y) and "
      "kindred::same_key(x, y) with a std::tuple of the fields of each; or map() the keys to such "
      "a tuple");
}

}  // namespace kindred::detail
