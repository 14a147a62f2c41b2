// Actions on keys: count_by_key, count_by_value, collect_as_map, lookup.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "kindred/engine/combine_table.hpp"
#include "kindred/engine/key.hpp"
#include "kindred/rdd/collected_rows.hpp"
#include "kindred/rdd/key_map.hpp"
#include "kindred/rdd/result.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// How often each key occurs in a partition, in the order in which they were first seen.
template <class K, class Part>
struct CountKeys : RowsValue<std::pair<K, std::uint64_t>> {
  using Row = std::pair<K, std::uint64_t>;

  struct Sink {
    CombineTable<K, std::uint64_t>* counts;
    template <class X>
    bool operator()(X&& x) {
      counts->add(Part::of(std::as_const(x)), std::uint64_t{1}, std::plus<>{});
      return true;
    }
  };
  template <class P>
  Rows<Row> run(const P& pipeline, PartitionId partition, TaskContext& task, const OpLabel&) const {
    CombineTable<K, std::uint64_t> counts(task.memory());
    Sink sink{&counts};
    pipeline.run(partition, task, sink);
    counts.finish(std::plus<>{});
    Rows<Row> rows(task.memory());
    for (auto& row : counts.rows()) rows.push(std::move(row));
    return rows;
  }
  void encode(LineageWriter&) const {}
  static CountKeys decode(LineageReader&) { return {}; }
};

/// A KeyMap where the keys have an order; otherwise pairs in the order in which keys were first
/// seen.
template <class K>
auto counts_of(const CombineTable<K, std::uint64_t>& table, const OpLabel& op) {
  if constexpr (orderable_key<K>) {
    KeyMap<K, std::uint64_t> counts;
    for (const auto& [key, count] : table.rows()) value_of(counts, key, op) += count;
    check_order_of(counts, op);
    return counts;
  } else {
    const auto rows = table.rows();
    return std::vector<std::pair<K, std::uint64_t>>(rows.begin(), rows.end());
  }
}

template <class K, class Part, class T, class P>
auto count_keys(const Rdd<T, P>& rdd, const LabelRef& label) {
  CombineTable<K, std::uint64_t> all(rdd.session()->memory());
  for (const auto& rows : run_action(rdd, CountKeys<K, Part>{}, label)) {
    for (std::size_t i = 0; i < rows->chunks(); ++i) {
      for (const auto& [key, count] : rows->chunk(i)) all.add(key, count, std::plus<>{});
    }
  }
  all.finish(std::plus<>{});
  return counts_of(all, *label);
}

/// The values of one key.
template <class K, class V>
struct Lookup : RowsValue<V> {
  K key;

  struct Sink {
    const K* key;
    Rows<V>* values;
    template <class X>
    bool operator()(X&& x) {
      if (same_key(*key, x.first)) values->push(V(own(std::forward<X>(x).second)));
      return true;
    }
  };
  template <class P>
  Rows<V> run(const P& pipeline, PartitionId partition, TaskContext& task, const OpLabel&) const {
    Rows<V> values(task.memory());
    Sink sink{&key, &values};
    pipeline.run(partition, task, sink);
    return values;
  }
  void encode(LineageWriter& out) const { out.value(key); }
  static Lookup decode(LineageReader& in) { return {{}, in.value<K>()}; }
};

template <class T>
struct KeyOf {
  using type = T;
};
template <class K, class V>
struct KeyOf<std::pair<K, V>> {
  using type = K;
};

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class KeyActions;

template <class T, class P>
class KeyActions<Rdd<T, P>> {
 public:
  /// How often each key occurs, as a std::map (a KeyMap: ordered by KeyLess if NaN can be a key),
  /// or for keys without operator< as a vector of pairs in the order in which keys were first seen.
  /// Runs a job; each task counts, and gives back one number a key. They must fit in the driver's
  /// memory: map to (key, 1) and reduce_by_key() where they do not. Throws UsageError where the
  /// operator< of a type of your own takes keys for one that differ by ==, or is no order of them.
  ///     std::map<std::string, std::uint64_t> visits = visits_of_pages.count_by_key();
  auto count_by_key(SourceLocation where = SourceLocation::current()) const {
    if constexpr (detail::check_hashable_pairs<T>()) {
      return detail::count_keys<typename T::first_type, detail::ByKey>(
          self(), detail::make_label("count_by_key", where));
    } else {
      return std::map<int, std::uint64_t>();
    }
  }

  /// How often each element occurs. As count_by_key(), with the elements as keys.
  ///     auto letters = words.map(first_letter).count_by_value();
  auto count_by_value(SourceLocation where = SourceLocation::current()) const {
    static_assert(hashable_key<T>,
                  "count_by_value: the elements have no hash: give the type a std::hash and an "
                  "operator==, or map() to what is to be counted");
    if constexpr (hashable_key<T> && detail::check_element<T>()) {
      return detail::count_keys<T, detail::ByElement>(self(),
                                                      detail::make_label("count_by_value", where));
    } else {
      return std::map<int, std::uint64_t>();
    }
  }

  /// All pairs as a std::map; of several values of a key the last one stays, as in Spark. Runs a
  /// job; the pairs must fit in the driver's memory. Throws UsageError as count_by_key() does.
  ///     std::map<std::string, int> ages = people.map(name_and_age).collect_as_map();
  auto collect_as_map(SourceLocation where = SourceLocation::current()) const {
    static_assert(
        detail::is_pair<T>,
        "collect_as_map() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return std::map<int, int>();
    } else if constexpr (!orderable_key<typename T::first_type>) {
      static_assert(orderable_key<typename T::first_type>,
                    "collect_as_map: the key type has no operator<, which a std::map needs; "
                    "collect() the pairs");
      return std::map<int, int>();
    } else if constexpr (!detail::each_part<detail::Comparable, typename T::first_type>) {
      static_assert(detail::each_part<detail::Comparable, typename T::first_type>,
                    "collect_as_map: the key type has no operator==, which says what one key is; "
                    "give it one that agrees with its operator<, or collect() the pairs");
      return std::map<int, int>();
    } else {
      return collected_map(where);
    }
  }

  /// All values of a key, in order. Runs a job: over the one partition where the key must be, if
  /// the Rdd is partitioned by key (after reduce_by_key(), group_by_key(), join()), over all
  /// otherwise.
  ///     std::vector<int> ages = people.map(name_and_age).lookup("Ada");
  auto lookup(const typename detail::KeyOf<T>::type& key,
              SourceLocation where = SourceLocation::current()) const {
    static_assert(detail::is_pair<T>,
                  "lookup() needs elements that are std::pair: map() to (key, value) before");
    if constexpr (!detail::is_pair<T>) {
      return std::vector<T>();
    } else if constexpr (!std::equality_comparable<typename T::first_type>) {
      static_assert(std::equality_comparable<typename T::first_type>,
                    "lookup: the key type has no operator==");
      return std::vector<typename T::second_type>();
    } else {
      return found(key, where);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  auto collected_map(const SourceLocation& where) const {
    using K = typename T::first_type;
    using V = typename T::second_type;
    KeyMap<K, V> map;
    if constexpr (detail::check_element<T>()) {
      constexpr std::size_t kNodeBytes = 32 + sizeof(T);  // three pointers and a colour
      const auto label = detail::make_label("collect_as_map", where);
      Reservation held(self().session()->memory());
      for (const auto& rows :
           detail::run_action(self(), detail::Take<T>{{}, ~std::uint64_t{0}}, label)) {
        held.add(rows->size() * kNodeBytes);
        for (std::size_t i = 0; i < rows->chunks(); ++i) {
          for (const auto& [key, value] : rows->chunk(i)) {
            detail::value_of(map, key, *label) = value;
          }
        }
      }
      detail::check_order_of(map, *label);
    }
    return map;
  }

  auto found(const typename detail::KeyOf<T>::type& key, const SourceLocation& where) const {
    using K = typename T::first_type;
    using V = typename T::second_type;
    if constexpr (detail::check_element<T>()) {
      const auto label = detail::make_label("lookup", where);
      const auto& memory = self().session()->memory();
      const auto partitions = self().partitions();
      if constexpr (hashable_key<K>) {
        if (self().partitioning() == detail::hashed<K>(partitions)) {
          const PartitionId home{partition_of_hash(key_hash(key), partitions)};
          return detail::joined_rows(
              detail::run_action(self(), detail::Lookup<K, V>{{}, key}, label, {home}), memory);
        }
      }
      return detail::joined_rows(detail::run_action(self(), detail::Lookup<K, V>{{}, key}, label),
                                 memory);
    } else {
      return std::vector<V>();
    }
  }
};

}  // namespace kindred
