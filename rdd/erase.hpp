// From a chain to the node that an Rdd<T> holds.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "kindred/rdd/pipeline.hpp"
#include "kindred/rdd/session.hpp"

namespace kindred {

namespace detail {

/// The node of a chain: its own where it is one node already, otherwise a new one around the fused
/// ops.
template <class T, class P>
std::shared_ptr<const RowsNode<T>> erase(const Rdd<T, P>& rdd) {
  if constexpr (is_erased<P>) {
    return std::static_pointer_cast<const RowsNode<T>>(rdd.pipeline().node.shared());
  } else {
    return std::make_shared<PipelineNode<P>>(rdd.session()->next_id(), rdd.partitions(),
                                             rdd.partitioning(), rdd.pipeline());
  }
}

/// The rules for elements that come to rest: in a cache, a shuffle, a collect().
template <class T>
constexpr bool check_element() {
  static_assert(std::is_default_constructible_v<T>,
                "elements that are cached, shuffled or collected must be default-constructible: "
                "they are read "
                "from bytes in another process");
  static_assert(serialisable<T>,
                "elements that are cached, shuffled or collected must cross to another process: "
                "give the type a "
                "template <class Archive> void serialize(Archive& archive) { archive(field, ...); "
                "} or include "
                "cereal's header for it (<cereal/types/map.hpp>, ...)");
  return serialisable<T> && std::is_default_constructible_v<T>;
}

}  // namespace detail
}  // namespace kindred
