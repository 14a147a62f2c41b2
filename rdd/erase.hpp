// From a chain to the node that an Rdd<T> holds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "kindred/engine/error.hpp"
#include "kindred/rdd/each_part.hpp"
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

/// Throws UsageError where the two belong to different Contexts: each has executors and ids of its
/// own.
template <class A, class B>
void check_same_context(const A& a, const B& b, const OpLabel& op) {
  if (a.session() == b.session()) return;
  throw UsageError(op.text() +
                   ": the two Rdds come from two Contexts, which have executors of their own: make "
                   "both from one "
                   "Context, or collect() one and parallelize() it in the other");
}

template <class T>
concept Hashed = requires {
  typename T::hasher;
};
template <class T>
struct NotHashed : std::bool_constant<!Hashed<T>> {};
// std::unordered_map and its kin: their order differs from run to run, and so would the result.
template <class T>
inline constexpr bool unordered = !each_part<NotHashed, T>;

/// The rules for elements that come to rest: in a cache, a shuffle, a collect().
template <class T>
constexpr bool check_element() {
  constexpr bool copyable = each_part<std::is_copy_constructible, T>;
  static_assert(copyable,
                "elements that are cached, shuffled or collected must be copyable, and a type that "
                "can only be moved, as std::unique_ptr, is not: hold the value itself, or map() to "
                "it before");
  static_assert(!copyable || std::is_default_constructible_v<T>,
                "elements that are cached, shuffled or collected must be default-constructible: "
                "they are read "
                "from bytes in another process");
  static_assert(
      !unordered<T>,
      "elements that are cached, shuffled or collected may hold no unordered container: its order "
      "differs from run to run; use std::map, std::set or a sorted vector");
  static_assert(!copyable || serialisable<T>,
                "elements that are cached, shuffled or collected must cross to another process: "
                "give the type a "
                "template <class Archive> void serialize(Archive& archive) { archive(field, ...); "
                "} or include "
                "cereal's header for it (<cereal/types/map.hpp>, ...)");
  return copyable && serialisable<T> && std::is_default_constructible_v<T>;
}

}  // namespace detail
}  // namespace kindred
