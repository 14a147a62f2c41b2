// Ops on pairs that bring the rows of a key together: reduce_by_key, group_by_key, join.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kindred/engine/grouped_rows.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// The reduce side of reduce_by_key.
template <class K, class V, class Combine>
class MergeNode final : public RowsNode<std::pair<K, V>> {
 public:
  using Row = std::pair<K, V>;

  MergeNode(RddId id, std::uint32_t partitions, KeyedInput<Row> input, Combine combine,
            OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)),
        combine_(std::move(combine)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    PartitionedTable<K, V> table(task.memory());
    CombineStep<K, V, Combine> step{&table, &combine_, &this->ops().back()};
    input_.run(partition, task, step);
    table.finish(step);
    return table.for_each_rows([&](std::span<Row> rows) { return sink.rows(rows); });
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = KeyedInput<Row>::decode(in);
    auto combine = in.function<Combine>();
    return std::make_shared<MergeNode>(id, partitions, std::move(input), std::move(combine),
                                       in.label());
  }

 private:
  const void* factory() const override { return node_factory<MergeNode>(); }
  void encode(LineageWriter& out) const override {
    input_.encode(out);
    out.function(combine_);
  }

  KeyedInput<Row> input_;
  Combine combine_;
};

/// Adds passed pairs to a GroupedRows.
template <class K, class V>
struct GroupStep {
  GroupedRows<K, V>* groups;
  template <class X>
  bool operator()(X&& x) const {
    groups->add(x.first, std::forward<X>(x).second);
    return true;
  }
};

template <class K, class V>
class GroupNode final : public RowsNode<std::pair<K, std::vector<V>>> {
 public:
  using In = std::pair<K, V>;
  using Row = std::pair<K, std::vector<V>>;

  GroupNode(RddId id, std::uint32_t partitions, KeyedInput<In> input, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    GroupedRows<K, V> groups(task.memory());
    GroupStep<K, V> step{&groups};
    input_.run(partition, task, step);
    groups.finish();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (!give(groups.key(i), groups.values(i), sink)) return false;
    }
    return true;
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = KeyedInput<In>::decode(in);
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

  KeyedInput<In> input_;
};

template <class K, class V, class W>
class JoinNode final : public RowsNode<std::pair<K, std::pair<V, W>>> {
 public:
  using Left = std::pair<K, V>;
  using Right = std::pair<K, W>;
  using Row = std::pair<K, std::pair<V, W>>;

  JoinNode(RddId id, std::uint32_t partitions, KeyedInput<Left> left, KeyedInput<Right> right,
           OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(left, right),
                      {std::move(label)}),
        left_(std::move(left)),
        right_(std::move(right)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    GroupedRows<K, W> groups(task.memory());
    GroupStep<K, W> build{&groups};
    right_.run(partition, task, build);
    groups.finish();
    Pack<Row> pack(sink);
    Probe probe{&groups, &pack};
    return left_.run(partition, task, probe) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto left = KeyedInput<Left>::decode(in);
    auto right = KeyedInput<Right>::decode(in);
    return std::make_shared<JoinNode>(id, partitions, std::move(left), std::move(right),
                                      in.label());
  }

 private:
  struct Probe {
    const GroupedRows<K, W>* groups;
    Pack<Row>* pack;
    template <class X>
    bool operator()(X&& x) const {
      for (const auto& w : groups->find(x.first)) {
        if (!give(x, static_cast<const W&>(w))) return false;
      }
      return true;
    }
    template <class X>
    bool give(const X& x, const W& w) const {
      if constexpr (passed_as_view<Row>) {
        using Both = typename passed_t<Row>::second_type;
        return (*pack)(passed_t<Row>(as_rest<K>(x.first), Both(as_rest<V>(x.second), pass(w))));
      } else {
        return (*pack)(Row(own(x.first), std::pair<V, W>(own(x.second), w)));
      }
    }
  };
  const void* factory() const override { return node_factory<JoinNode>(); }
  void encode(LineageWriter& out) const override {
    left_.encode(out);
    right_.encode(out);
  }

  KeyedInput<Left> left_;
  KeyedInput<Right> right_;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class PairOps;

template <class T, class P>
class PairOps<Rdd<T, P>> {
 public:
  /// Merges the values of each key with `combine`, inside each map task and again after the
  /// shuffle. Lazy; wide, unless the Rdd is partitioned by this key already. `combine(V, V)` gives
  /// a V and must be associative; blocks are merged in map order, so it need not be commutative.
  /// What it captures travels to the executors.
  ///     words.map([](std::string_view word) { return std::pair(word, 1);
  ///     }).reduce_by_key(std::plus<>{})
  template <class Combine>
  auto reduce_by_key(Combine combine, PartitionCount partitions = {},
                     SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>() || !detail::check_portable<Combine>()) {
      return Rdd<T>(self());
    } else if constexpr (!detail::combines<Combine, typename T::second_type>) {
      static_assert(detail::combines<Combine, typename T::second_type>,
                    "reduce_by_key: combine(V, V) must take two values and give one of the same "
                    "type; map_values() "
                    "brings values to the type of the result first");
      return Rdd<T>(self());
    } else {
      return merged(std::move(combine), partitions, where);
    }
  }

  /// Brings the values of each key together: (key, vector of values), values in the order of their
  /// partitions. Lazy; wide, unless the Rdd is partitioned by this key already. All values of a key
  /// must fit in memory: where they are only merged, reduce_by_key() moves far less.
  ///     visits.group_by_key().map_values([](std::span<const Visit> visits) { return visits.size();
  ///     })
  auto group_by_key(PartitionCount partitions = {},
                    SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>()) {
      return Rdd<T>(self());
    } else {
      using K = typename T::first_type;
      using V = typename T::second_type;
      const auto label = detail::make_label("group_by_key", where);
      const auto target =
          detail::hashed<K>(partitions.value_or(self().partitions(), "group_by_key"));
      auto input = detail::keyed_input<T>(self(), target, *label);
      auto node = std::make_shared<detail::GroupNode<K, V>>(
          self().session()->next_id(), target.partitions, std::move(input), *label);
      using Row = std::pair<K, std::vector<V>>;
      return Rdd<Row>(self().session(), detail::Erased<Row>(std::move(node)), target.partitions,
                      target);
    }
  }

  /// All (key, (v, w)) where this Rdd has (key, v) and `other` has (key, w). Lazy; wide on each
  /// side that is not partitioned by the key already. The values of one partition of `other` must
  /// fit in memory: give the smaller side there.
  ///     ages.join(names).map([](auto& id, auto& both) { return both.second; })
  template <class W, class Other>
  auto join(const Rdd<W, Other>& other, PartitionCount partitions = {},
            SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>() || !detail::check_hashable_pairs<W>()) {
      return Rdd<T>(self());
    } else if constexpr (!std::is_same_v<typename T::first_type, typename W::first_type>) {
      static_assert(std::is_same_v<typename T::first_type, typename W::first_type>,
                    "join: both sides need the same key type; map() one of them to the other's");
      return Rdd<T>(self());
    } else {
      using K = typename T::first_type;
      using Row = std::pair<K, std::pair<typename T::second_type, typename W::second_type>>;
      const auto label = detail::make_label("join", where);
      detail::check_same_context(self(), other, "join");
      const auto target = join_target(other, partitions);
      auto left = detail::keyed_input<T>(self(), target, *label);
      auto right = detail::keyed_input<W>(other, target, *label);
      auto node =
          std::make_shared<detail::JoinNode<K, typename T::second_type, typename W::second_type>>(
              self().session()->next_id(), target.partitions, std::move(left), std::move(right),
              *label);
      return Rdd<Row>(self().session(), detail::Erased<Row>(std::move(node)), target.partitions,
                      target);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  template <class W, class Other>
  Partitioning join_target(const Rdd<W, Other>& other, const PartitionCount& partitions) const {
    const auto by_key = [](const auto& rdd) {
      return rdd.partitioning() &&
             *rdd.partitioning() == detail::hashed<typename T::first_type>(rdd.partitions());
    };
    const auto chosen = by_key(self())  ? self().partitions()
                        : by_key(other) ? other.partitions()
                                        : std::max(self().partitions(), other.partitions());
    return detail::hashed<typename T::first_type>(partitions.value_or(chosen, "join"));
  }

  template <class Combine>
  Rdd<T> merged(Combine combine, const PartitionCount& partitions,
                const SourceLocation& where) const {
    using K = typename T::first_type;
    using V = typename T::second_type;
    const auto label = detail::make_label("reduce_by_key", where);
    detail::check_captures(combine, *label);
    const auto& session = self().session();
    const auto target =
        detail::hashed<K>(partitions.value_or(self().partitions(), "reduce_by_key"));
    auto input = [&] {
      if (self().partitioning() == target) {
        return detail::KeyedInput<T>(detail::Erased<T>(detail::erase(self())));
      }
      const auto id = session->next_id();
      return detail::KeyedInput<T>(std::make_shared<detail::CombineWriter<P, Combine>>(
          id, self().partitions(), self().pipeline(), combine, target.partitions, *label,
          ReleaseOnExit(session->releases(), ShuffleId{id.value})));
    }();
    auto node = std::make_shared<detail::MergeNode<K, V, Combine>>(
        session->next_id(), target.partitions, std::move(input), std::move(combine), *label);
    return Rdd<T>(session, detail::Erased<T>(std::move(node)), target.partitions, target);
  }
};

}  // namespace kindred
