// Joins: join, left_outer_join, right_outer_join, full_outer_join.
#pragma once

#include <memory>
#include <utility>

#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/join_node.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {

/// The ops of this file as members of an Rdd.
///
/// All are lazy, and wide on each side that is not partitioned by the key already. The rows come in
/// the order of this Rdd's rows, for each in the order of the partners in `other`; then those of
/// `other` without a partner, key by key (many that can be copied as bytes mixed, in an order that
/// depends on the rows alone). The rows of one partition of `other` must fit in memory: give the
/// smaller side there.
template <class Self>
class JoinOps;

template <class T, class P>
class JoinOps<Rdd<T, P>> {
 public:
  /// All (key, (v, w)) where this Rdd has (key, v) and `other` has (key, w). Lazy; wide on each
  /// side that is not partitioned by the key already.
  ///     ages.join(names).map([](auto& id, auto& both) { return both.second; })
  template <class W, class Other>
  auto join(const Rdd<W, Other>& other, PartitionCount partitions = {},
            SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::inner>("join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and (key, (v, none)) for each row of this Rdd whose key `other` has not: the second
  /// value is a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     names.left_outer_join(medals)
  template <class W, class Other>
  auto left_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                       SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::left_outer>("left_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and (key, (none, w)) for each row of `other` whose key this Rdd has not: the first
  /// value is a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     medals.right_outer_join(names)
  template <class W, class Other>
  auto right_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                        SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::right_outer>("right_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

  /// As join(), and a row for each row of either side whose key the other side has not: both values
  /// are a std::optional. Lazy; wide on each side that is not partitioned by the key already.
  ///     planned.full_outer_join(actual)
  template <class W, class Other>
  auto full_outer_join(const Rdd<W, Other>& other, PartitionCount partitions = {},
                       SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return joined<detail::JoinKind::full_outer>("full_outer_join", other, partitions, where);
    } else {
      return Rdd<T>(self());
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <detail::JoinKind kind, class W, class Other>
  auto joined(const char* op, const Rdd<W, Other>& other, const PartitionCount& partitions,
              const SourceLocation& where) const {
    using K = typename T::first_type;
    using JoinNode = detail::JoinNode<K, typename T::second_type, typename W::second_type, kind>;
    const auto label = detail::make_label(op, where);
    detail::check_same_context(self(), other, *label);
    const auto target = detail::meeting_place<K>(partitions, op, self(), other);
    auto left = detail::keyed_input<T>(self(), target, *label);
    auto right = detail::keyed_input<W>(other, target, *label);
    auto node = std::make_shared<JoinNode>(self().session()->next_id(), target.partitions,
                                           std::move(left), std::move(right), *label);
    return Rdd<typename JoinNode::Row>(self().session(),
                                       detail::Erased<typename JoinNode::Row>(std::move(node)),
                                       target.partitions, target);
  }
};

}  // namespace kindred
