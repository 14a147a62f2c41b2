// Ops that look at all values of a key on several sides: cogroup, subtract_by_key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/presence.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

// The values of a key on each side: a pair for two sides.
template <class... V>
struct CogroupedValues {
  using type = std::tuple<std::vector<V>...>;
};
template <class V, class W>
struct CogroupedValues<V, W> {
  using type = std::pair<std::vector<V>, std::vector<W>>;
};

/// Holds one partition of each side by key.
template <class K, class... V>
class CogroupNode final : public RowsNode<std::pair<K, typename CogroupedValues<V...>::type>> {
 public:
  using Values = typename CogroupedValues<V...>::type;
  using Row = std::pair<K, Values>;
  using Inputs = std::tuple<PlacedInput<std::pair<K, V>>...>;

  CogroupNode(RddId id, std::uint32_t partitions, Inputs inputs, OpLabel label)
      : RowsNode<Row>(
            id, NodeKind::rdd, partitions,
            std::apply([](auto&... input) { return parents_of_inputs(input...); }, inputs),
            {std::move(label)}),
        inputs_(std::move(inputs)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    const auto sides = std::apply(
        [&](const auto&... input) { return Sides{read_groups(input, partition, task)...}; },
        inputs_);
    return give_all(sides, sink, Indices{});
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    Inputs inputs{PlacedInput<std::pair<K, V>>::decode(in)...};
    return std::make_shared<CogroupNode>(id, partitions, std::move(inputs), in.label());
  }

 private:
  using Sides = std::tuple<GroupedRows<K, V>...>;
  using Indices = std::index_sequence_for<V...>;

  template <std::size_t... I>
  static bool give_all(const Sides& sides, RowSink<Row>& sink, std::index_sequence<I...>) {
    return (give_side<I>(sides, sink) && ...);
  }
  /// The keys of a side that those before it do not have.
  template <std::size_t side>
  static bool give_side(const Sides& sides, RowSink<Row>& sink) {
    const auto& groups = std::get<side>(sides);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      const K& key = groups.key(i);
      const bool given = [&]<std::size_t... before>(std::index_sequence<before...>) {
        return (std::get<before>(sides).group(key).has_value() || ...);
      }
      (std::make_index_sequence<side>{});
      if (!given && !give(key, sides, sink, Indices{})) return false;
    }
    return true;
  }
  template <std::size_t... I>
  static bool give(const K& key, const Sides& sides, RowSink<Row>& sink,
                   std::index_sequence<I...>) {
    if constexpr (passed_as_view<Row>) {
      using Views = typename passed_t<Row>::second_type;
      return sink.row(passed_t<Row>(pass(key), Views(std::get<I>(sides).find(key)...)));
    } else {
      const Row row(key, Values(owned_values<V>(std::get<I>(sides).find(key))...));
      return sink.row(row);
    }
  }
  template <class X, class Span>
  static std::vector<X> owned_values(Span values) {
    return std::vector<X>(values.begin(), values.end());
  }
  const void* factory() const override { return node_factory<CogroupNode>(); }
  void encode(LineageWriter& out) const override {
    std::apply([&](const auto&... input) { (input.encode(out), ...); }, inputs_);
  }

  Inputs inputs_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class CogroupOps;

template <class T, class P>
class CogroupOps<Rdd<T, P>> {
 public:
  /// For each key of either Rdd, (key, (values here, values in `other`)): a pair of vectors, empty
  /// where a side has not the key, in the order of the rows. Lazy; wide on each side that is not
  /// partitioned by the key already. The keys of this Rdd come first. One partition of both sides
  /// must fit in memory.
  ///     orders.cogroup(payments).filter([](auto&, auto& both) { return both.second.empty(); })
  template <class W, class Other>
  auto cogroup(const Rdd<W, Other>& other, PartitionCount partitions = {},
               SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W>()) {
      return cogrouped(partitions, where, self(), other);
    } else {
      return Rdd<T>(self());
    }
  }
  /// The same for three Rdds: (key, (values here, in `second`, in `third`)), a tuple of vectors.
  ///     orders.cogroup(payments, deliveries)
  template <class W, class Second, class X, class Third>
  auto cogroup(const Rdd<W, Second>& second, const Rdd<X, Third>& third,
               PartitionCount partitions = {},
               SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_same_keys<T, W, X>()) {
      return cogrouped(partitions, where, self(), second, third);
    } else {
      return Rdd<T>(self());
    }
  }

  /// Keeps the pairs whose key `other` has not. Lazy; wide on each side that is not partitioned by
  /// the key already. The keys of one partition of `other` must fit in memory.
  ///     visitors.subtract_by_key(members)
  template <class W, class Other>
  Rdd<T> subtract_by_key(const Rdd<W, Other>& other, PartitionCount partitions = {},
                         SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_same_keys<T, W>()) {
      return Rdd<T>(self());
    } else {
      using K = typename T::first_type;
      using SubtractNode = detail::PresenceNode<T, W, detail::ByKey, detail::Presence::absent>;
      const auto label = detail::make_label("subtract_by_key", where);
      detail::check_same_context(self(), other, *label);
      const auto target = detail::meeting_place<K>(partitions, "subtract_by_key", self(), other);
      auto left = detail::keyed_input<T>(self(), target, *label);
      auto right = detail::keyed_input<W>(other, target, *label);
      auto node = std::make_shared<SubtractNode>(self().session()->next_id(), target.partitions,
                                                 target, std::move(left), std::move(right), *label);
      return Rdd<T>(self().session(), detail::Erased<T>(std::move(node)), target.partitions,
                    target);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class... Rows, class... Chains>
  static auto cogrouped(const PartitionCount& partitions, const SourceLocation& where,
                        const Rdd<T, P>& first, const Rdd<Rows, Chains>&... others) {
    using K = typename T::first_type;
    using CogroupNode =
        detail::CogroupNode<K, typename T::second_type, typename Rows::second_type...>;
    const auto label = detail::make_label("cogroup", where);
    (detail::check_same_context(first, others, *label), ...);
    const auto target = detail::meeting_place<K>(partitions, "cogroup", first, others...);
    typename CogroupNode::Inputs inputs{detail::keyed_input<T>(first, target, *label),
                                        detail::keyed_input<Rows>(others, target, *label)...};
    auto node = std::make_shared<CogroupNode>(first.session()->next_id(), target.partitions,
                                              std::move(inputs), *label);
    return Rdd<typename CogroupNode::Row>(
        first.session(), detail::Erased<typename CogroupNode::Row>(std::move(node)),
        target.partitions, target);
  }
};

}  // namespace kindred
