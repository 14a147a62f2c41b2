// Ops on pairs that merge the values of each key, in each map task already: reduce_by_key,
// fold_by_key, aggregate_by_key, combine_by_key.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "kindred/rdd/combine_nodes.hpp"
#include "kindred/rdd/combiner.hpp"
#include "kindred/rdd/partition_count.hpp"

namespace kindred {
namespace detail {

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
    } else if constexpr (!merges_values<Combine>()) {
      static_assert(merges_values<Combine>(),
                    "reduce_by_key: combine(V, V) must take two values and give one of the same "
                    "type; where the result has another type, aggregate_by_key() is the op");
      return Rdd<T>(self());
    } else if constexpr (!keeps_numbers<Combine>()) {
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
    } else if constexpr (!begins_values<Zero>() || !merges_values<Combine>()) {
      static_assert(begins_values<Zero>(),
                    "fold_by_key: zero must be a value of the pairs, and a number must not be "
                    "narrowed to it; where the result has another type, aggregate_by_key() is the "
                    "op");
      static_assert(merges_values<Combine>(),
                    "fold_by_key: combine(V, V) must take two values and give one of the same "
                    "type; where the result has another type, aggregate_by_key() is the op");
      return Rdd<T>(self());
    } else if constexpr (!keeps_numbers<Combine>()) {
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

  /// Whether zero can be the first value of a key.
  template <class Zero>
  static constexpr bool begins_values() {
    using V = typename T::second_type;
    return std::is_convertible_v<owned_t<Zero>, V> && !detail::narrows<owned_t<Zero>, V>;
  }
  /// Whether Combine merges values, as they are passed and at rest, into one.
  template <class Combine>
  static constexpr bool merges_values() {
    using V = typename T::second_type;
    return detail::folds<Combine, V, detail::passed_value_t<P>> &&
           detail::folds<Combine, V, const V&>;
  }
  template <class Combine>
  static constexpr bool keeps_numbers() {
    using V = typename T::second_type;
    return detail::check_fold_keeps_numbers<Combine, V, const V&>();
  }
  /// The rules for the functions that merge into an accumulator.
  template <class C, class MergeValue, class MergeCombiners>
  static constexpr bool merges_into() {
    if constexpr (detail::check_portable<MergeValue>() &&
                  detail::check_portable<MergeCombiners>()) {
      constexpr bool values = detail::folds<MergeValue, C, detail::passed_value_t<P>>;
      constexpr bool combiners = detail::folds<MergeCombiners, C, const C&>;
      static_assert(values,
                    "merge_value(accumulator, value) must take an accumulator (by value or const "
                    "reference) and a value of the pairs, and give an accumulator");
      static_assert(
          combiners,
          "merge_combiners(accumulator, accumulator) must take two accumulators (by value "
          "or const reference) and give one");
      if constexpr (values && combiners) {
        return detail::check_fold_keeps_numbers<MergeValue, C, detail::passed_value_t<P>>() &&
               detail::check_fold_keeps_numbers<MergeCombiners, C, const C&>();
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
