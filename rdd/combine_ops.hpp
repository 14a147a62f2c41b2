// Ops on pairs that merge the values of each key, in each map task already: reduce_by_key,
// fold_by_key, aggregate_by_key, combine_by_key.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "kindred/rdd/combiner.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// The map side: one row a key and map task, in the order in which keys were first seen.
template <class P, class Combiner>
class CombineWriter final : public ShuffleWriter {
 public:
  using K = typename element_t<P>::first_type;
  using Row = std::pair<K, typename Combiner::Value>;

  CombineWriter(RddId id, std::uint32_t maps, P pipeline, Combiner combiner, std::uint32_t reducers,
                OpLabel label, ReleaseOnExit release = {})
      : ShuffleWriter(id, maps, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label)), std::move(release)),
        pipeline_(std::move(pipeline)),
        combiner_(std::move(combiner)),
        reducers_(reducers) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    CombinerTable<K, Combiner> table(task.memory());
    CombineStep<K, Combiner> step{&table, &combiner_, &ops().back()};
    pipeline_.run(partition, task, step);
    table.finish(step);
    auto buckets = std::make_shared<Buckets<Row>>(reducers_, task.memory());
    table.for_each_rows([&](std::span<Row> rows) {
      for (auto& row : rows) {
        (*buckets)[partition_of_hash(key_hash(row.first), reducers_)].push(std::move(row));
      }
      return true;
    });
    return keep(partition, task, std::move(buckets));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto maps = in.partitions;
    auto pipeline = P::decode(in);
    auto combiner = Combiner::decode(in);
    const auto reducers = in.value<std::uint32_t>();
    return std::make_shared<CombineWriter>(id, maps, std::move(pipeline), std::move(combiner),
                                           reducers, in.label());
  }

 private:
  const void* factory() const override { return node_factory<CombineWriter>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    combiner_.encode(out);
    out.value(reducers_);
  }

  P pipeline_;
  Combiner combiner_;
  std::uint32_t reducers_;
};

/// The reduce side; all of it where the rows are partitioned by their key already.
template <class K, class Combiner>
class MergeNode final : public RowsNode<std::pair<K, typename Combiner::Value>> {
 public:
  using In = std::pair<K, typename Combiner::In>;
  using Row = std::pair<K, typename Combiner::Value>;

  MergeNode(RddId id, std::uint32_t partitions, PlacedInput<In> input, Combiner combiner,
            OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)),
        combiner_(std::move(combiner)) {
    this->set_partitioning(hashed<K>(partitions));
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    CombinerTable<K, Combiner> table(task.memory());
    CombineStep<K, Combiner> step{&table, &combiner_, &this->ops().back()};
    input_.run(partition, task, step);
    table.finish(step);
    return table.for_each_rows([&](std::span<Row> rows) { return sink.rows(rows); });
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    auto input = PlacedInput<In>::decode(in);
    auto combiner = Combiner::decode(in);
    return std::make_shared<MergeNode>(id, partitions, std::move(input), std::move(combiner),
                                       in.label());
  }

 private:
  const void* factory() const override { return node_factory<MergeNode>(); }
  void encode(LineageWriter& out) const override {
    input_.encode(out);
    combiner_.encode(out);
  }

  PlacedInput<In> input_;
  Combiner combiner_;
};

/// What combine_by_key makes of a key's first value, at rest.
template <class P, class Create>
using created_t = owned_t<call_result_t<Create, passed_value_t<P>>>;

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class CombineOps;

template <class T, class P>
class CombineOps<Rdd<T, P>> {
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
                    "type; where the result has another type, aggregate_by_key() is the op");
      return Rdd<T>(self());
    } else {
      using V = typename T::second_type;
      const auto label = detail::make_label("reduce_by_key", where);
      detail::check_captures(combine, *label);
      const detail::MergeValues<V, Combine> combiner{std::move(combine)};
      return combined(combiner, combiner, partitions, *label);
    }
  }

  /// Merges the values of each key, beginning with `zero`: reduce_by_key() with a first value.
  /// Lazy; wide, unless the Rdd is partitioned by this key already. `zero` is merged once for each
  /// key and map task, so it must change nothing: 0 for a sum, 1 for a product, an empty text.
  /// `combine(V, V)` gives a V and must be associative; blocks are merged in map order. What it
  /// captures and `zero` travel to the executors.
  ///     best_scores.fold_by_key(0.0, [](double a, double b) { return std::max(a, b); })
  template <class Zero, class Combine>
  auto fold_by_key(Zero zero, Combine combine, PartitionCount partitions = {},
                   SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>() || !detail::check_portable<Combine>()) {
      return Rdd<T>(self());
    } else if constexpr (!std::is_convertible_v<owned_t<Zero>, typename T::second_type> ||
                         !detail::combines<Combine, typename T::second_type>) {
      using V = typename T::second_type;
      static_assert(std::is_convertible_v<owned_t<Zero>, V>,
                    "fold_by_key: zero must be a value of the pairs; where the result has another "
                    "type, aggregate_by_key() is the op");
      static_assert(detail::combines<Combine, V>,
                    "fold_by_key: combine(V, V) must take two values and give one of the same "
                    "type; where the result has another type, aggregate_by_key() is the op");
      return Rdd<T>(self());
    } else {
      using V = typename T::second_type;
      const auto label = detail::make_label("fold_by_key", where);
      detail::check_captures(combine, *label);
      return combined(
          detail::MergeIntoZero<V, V, Combine>{static_cast<V>(own(std::move(zero))), combine},
          detail::MergeValues<V, Combine>{combine}, partitions, *label);
    }
  }

  /// Merges the values of each key into an accumulator of another type, inside each map task, and
  /// the accumulators after the shuffle. Lazy; wide, unless the Rdd is partitioned by this key
  /// already. The accumulator has the type of `zero` (a text for a literal), from which that of
  /// each key and map task begins; `merge_value(accumulator, value)` and
  /// `merge_combiners(accumulator, accumulator)` give an accumulator. Blocks are merged in map
  /// order, so neither need be commutative. What they capture and `zero` travel to the executors.
  ///     grades.aggregate_by_key(Mean{}, [](Mean mean, double x) { return mean.with(x); },
  ///                             [](Mean a, Mean b) { return a.with(b); })
  template <class Zero, class MergeValue, class MergeCombiners>
  auto aggregate_by_key(Zero zero, MergeValue merge_value, MergeCombiners merge_combiners,
                        PartitionCount partitions = {},
                        SourceLocation where = SourceLocation::current()) const {
    using C = owned_t<Zero>;
    if constexpr (!detail::check_hashable_pairs<T>() || !detail::check_element<C>() ||
                  !merges_into<C, MergeValue, MergeCombiners>()) {
      return Rdd<T>(self());
    } else {
      using V = typename T::second_type;
      const auto label = detail::make_label("aggregate_by_key", where);
      detail::check_captures(merge_value, *label);
      detail::check_captures(merge_combiners, *label);
      return combined(
          detail::MergeIntoZero<V, C, MergeValue>{own(std::move(zero)), std::move(merge_value)},
          detail::MergeValues<C, MergeCombiners>{std::move(merge_combiners)}, partitions, *label);
    }
  }

  /// Merges the values of each key into an accumulator that begins with `create(value)` of the
  /// key's first value in a map task, and the accumulators after the shuffle: what the ops above
  /// are made of. Lazy; wide, unless the Rdd is partitioned by this key already.
  /// `merge_value(accumulator, value)` and `merge_combiners(accumulator, accumulator)` give an
  /// accumulator. Blocks are merged in map order, so neither need be commutative. What the
  /// functions capture travels to the executors.
  ///     times.combine_by_key([](std::int64_t time) { return std::pair(time, time); }, widen,
  ///     unite)
  template <class Create, class MergeValue, class MergeCombiners>
  auto combine_by_key(Create create, MergeValue merge_value, MergeCombiners merge_combiners,
                      PartitionCount partitions = {},
                      SourceLocation where = SourceLocation::current()) const {
    if constexpr (!detail::check_hashable_pairs<T>() || !detail::check_portable<Create>()) {
      return Rdd<T>(self());
    } else if constexpr (!detail::callable<Create, detail::passed_value_t<P>>) {
      static_assert(detail::callable<Create, detail::passed_value_t<P>>,
                    "combine_by_key: create(value) must take a value of the pairs, and give what "
                    "the values of a key are merged into");
      return Rdd<T>(self());
    } else if constexpr (std::is_void_v<detail::created_t<P, Create>>) {
      static_assert(!std::is_void_v<detail::created_t<P, Create>>,
                    "combine_by_key: create(value) returns nothing: it must give what the values "
                    "of a key are merged into");
      return Rdd<T>(self());
    } else if constexpr (!detail::check_element<detail::created_t<P, Create>>() ||
                         !merges_into<detail::created_t<P, Create>, MergeValue, MergeCombiners>()) {
      return Rdd<T>(self());
    } else {
      using V = typename T::second_type;
      using C = detail::created_t<P, Create>;
      const auto label = detail::make_label("combine_by_key", where);
      detail::check_captures(create, *label);
      detail::check_captures(merge_value, *label);
      detail::check_captures(merge_combiners, *label);
      return combined(detail::CreateAndMerge<V, C, Create, MergeValue>{std::move(create),
                                                                       std::move(merge_value)},
                      detail::MergeValues<C, MergeCombiners>{std::move(merge_combiners)},
                      partitions, *label);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  /// The rules for the functions that merge into an accumulator.
  template <class C, class MergeValue, class MergeCombiners>
  static constexpr bool merges_into() {
    if constexpr (detail::check_portable<MergeValue>() &&
                  detail::check_portable<MergeCombiners>()) {
      constexpr bool values = detail::folds<MergeValue, C, typename T::second_type>;
      constexpr bool combiners = detail::combines<MergeCombiners, C>;
      static_assert(values,
                    "merge_value(accumulator, value) must take an accumulator (by value or const "
                    "reference) and a value of the pairs, and give an accumulator");
      static_assert(
          combiners,
          "merge_combiners(accumulator, accumulator) must take two accumulators (by value "
          "or const reference) and give one");
      if constexpr (values && combiners) {
        constexpr bool fits = !detail::fold_narrows<MergeValue, C, typename T::second_type>;
        static_assert(fits,
                      "merge_value gives a number that does not fit the accumulator, whose type is "
                      "that of zero (or of what create gives): write std::int64_t{0} or 0.0 and "
                      "not 0");
        return fits;
      } else {
        return false;
      }
    } else {
      return false;
    }
  }

  /// `map_side` merges rows in the map tasks and `reduce_side` what they give; where no shuffle is
  /// needed, `map_side` does it all.
  template <class MapSide, class ReduceSide>
  auto combined(MapSide map_side, ReduceSide reduce_side, const PartitionCount& partitions,
                const OpLabel& label) const {
    using K = typename T::first_type;
    using Row = std::pair<K, typename ReduceSide::Value>;
    const auto& session = self().session();
    const auto target = detail::hashed<K>(partitions.value_or(self().partitions(), label.op));
    const auto rdd = [&](std::shared_ptr<const detail::RowsNode<Row>> node) {
      return Rdd<Row>(session, detail::Erased<Row>(std::move(node)), target.partitions, target);
    };
    if (self().partitioning() == target) {
      return rdd(std::make_shared<detail::MergeNode<K, MapSide>>(
          session->next_id(), target.partitions,
          detail::PlacedInput<T>(detail::Erased<T>(detail::erase(self()))), std::move(map_side),
          label));
    }
    const auto id = session->next_id();
    auto writer = std::make_shared<detail::CombineWriter<P, MapSide>>(
        id, self().partitions(), self().pipeline(), std::move(map_side), target.partitions, label,
        ReleaseOnExit(session->releases(), ShuffleId{id.value}));
    return rdd(std::make_shared<detail::MergeNode<K, ReduceSide>>(
        session->next_id(), target.partitions, detail::PlacedInput<Row>(std::move(writer)),
        std::move(reduce_side), label));
  }
};

}  // namespace kindred
