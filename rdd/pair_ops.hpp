// Ops that bring the rows of a key together: group_by_key, group_by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "kindred/engine/grouped_rows.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/engine/parted_groups.hpp"
#include "kindred/rdd/keyed_groups.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"
#include "kindred/rdd/with_key.hpp"

namespace kindred {
namespace detail {

template <class K, class V>
class GroupNode final : public RowsNode<std::pair<K, std::vector<V>>> {
 public:
  using In = std::pair<K, V>;
  using Row = std::pair<K, std::vector<V>>;

  GroupNode(RddId id, std::uint32_t partitions, PlacedInput<In> input, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    const auto use = [&sink](const K& key, auto values) { return give(key, values, sink); };
    if constexpr (GroupedRows<K, V>::kPlain) {
      auto groups = collect_groups<PartedGroups<K, V>>(input_, partition, task);
      return groups.for_each_group(use);
    } else {
      const auto groups = read_groups(input_, partition, task);
      for (std::size_t i = 0; i < groups.size(); ++i) {
        if (!use(groups.key(i), groups.values(i))) return false;
      }
      return true;
    }
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = PlacedInput<In>::decode(in);
    return std::make_shared<GroupNode>(id, partitions, std::move(input), in.label());
  }

 private:
  template <class Values>
  static bool give(const K& key, Values values, RowSink<Row>& sink) {
    if constexpr (passed_as_view<Row>) {
      return sink.row(passed_t<Row>(pass(key), values));
    } else {
      const Row row(key, std::vector<V>(values.begin(), values.end()));
      return sink.row(row);
    }
  }
  const void* factory() const override { return node_factory<GroupNode>(); }
  void encode(LineageWriter& out) const override { input_.encode(out); }

  PlacedInput<In> input_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class PairOps;

template <class T, class P>
class PairOps<Rdd<T, P>> {
 public:
  /// Brings the values of each key together: (key, vector of values), values in the order of their
  /// partitions. The keys come in the order in which they were first seen; many that can be copied
  /// as bytes in another one, which depends on the rows alone. Lazy; wide, unless the Rdd is
  /// partitioned by this key already. All values of a key must fit in memory: where they are only
  /// merged, reduce_by_key() moves far less.
  ///     times.group_by_key().map_values([](std::span<const std::int64_t> seen) { return seen[0];
  ///     })
  auto group_by_key(PartitionCount partitions = {},
                    SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>()) {
      return Rdd<T>(self());
    } else {
      return grouped(self(), partitions, *detail::make_label("group_by_key", where));
    }
  }

  /// Brings the elements of which `f` gives the same key together: (f(x), vector of elements), the
  /// elements in the order of their partitions. Lazy; wide. All elements of a key must fit in
  /// memory. What f captures travels to the executors.
  ///     words.group_by([](std::string_view word) { return word.size(); })
  template <class F>
  auto group_by(F f, PartitionCount partitions = {},
                SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_function<F, detail::passed_row_t<P>>() ||
                  !detail::check_element<T>()) {
      return self();
    } else if constexpr (!hashable_key<detail::computed_key_t<P, F>>) {
      static_assert(hashable_key<detail::computed_key_t<P, F>>,
                    "group_by: this function must give a key that has a hash: a number, a text, a "
                    "pair, tuple or vector of such, or a type with a kindred::hash (or std::hash) "
                    "and an operator==");
      return self();
    } else if constexpr (!detail::check_element<detail::computed_key_t<P, F>>()) {
      return self();
    } else {
      using K = detail::computed_key_t<P, F>;
      auto label = detail::make_label("group_by", where);
      detail::check_captures(f, *label);
      using Keyed = detail::WithKey<P, F>;
      const Rdd<std::pair<K, T>, Keyed> keyed(
          self().session(), Keyed{self().pipeline(), std::move(f), label}, self().partitions());
      return grouped(keyed, partitions, *label);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class K, class V, class Keyed>
  static auto grouped(const Rdd<std::pair<K, V>, Keyed>& rdd, const PartitionCount& partitions,
                      const OpLabel& label) {
    const auto target = detail::hashed<K>(partitions.value_or(rdd.partitions(), label.op));
    auto input = detail::keyed_input(rdd, target, label);
    auto node = std::make_shared<detail::GroupNode<K, V>>(
        rdd.session()->next_id(), target.partitions, std::move(input), label);
    using Row = std::pair<K, std::vector<V>>;
    return Rdd<Row>(rdd.session(), detail::Erased<Row>(std::move(node)), target.partitions, target);
  }
};

}  // namespace kindred
