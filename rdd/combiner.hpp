// What the tables of reduce_by_key and its kin do with the values of a key.
//
// A combiner has
//   using In, Value              what comes in, and what is kept for a key
//   kCreates                     whether the first value of a key becomes a Value by create()
//   Value create(op, x)          what the first value of a key becomes, where kCreates
//   Value merge(op, value, x)    the value with one more merged into it
//   Value identity()             merged with any x it gives that; only where there is such a value
//   encode(writer), decode(reader)
#pragma once

#include <utility>

#include "kindred/engine/combine_table_for.hpp"
#include "kindred/engine/lineage.hpp"
#include "kindred/engine/owned.hpp"
#include "kindred/rdd/call_op.hpp"
#include "kindred/rdd/fold_call.hpp"

namespace kindred::detail {

/// Values that are merged as they are: reduce_by_key, and what the map sides of the others send.
template <class V, class F>
struct MergeValues {
  using In = V;
  using Value = V;
  static constexpr bool kCreates = false;

  F function;

  template <class A, class B>
  V merge(const OpLabel& op, A&& value, B&& x) const {
    return fold_from(op, function, V(std::forward<A>(value)), std::forward<B>(x));
  }
  V identity() const requires(adds_numbers<F, V>) { return nothing_to_add<V>; }
  void encode(LineageWriter& out) const { out.function(function); }
  static MergeValues decode(LineageReader& in) { return {in.function<F>()}; }
};

/// combine_by_key: a function of its own for the first value of a key.
template <class V, class C, class Create, class Merge>
struct CreateAndMerge {
  using In = V;
  using Value = C;
  static constexpr bool kCreates = true;

  Create first;
  Merge function;

  template <class X>
  C create(const OpLabel& op, X&& x) const {
    return C(own(call_from(op, first, std::forward<X>(x))));
  }
  template <class A, class B>
  C merge(const OpLabel& op, A&& value, B&& x) const {
    return fold_from(op, function, C(std::forward<A>(value)), std::forward<B>(x));
  }
  void encode(LineageWriter& out) const {
    out.function(first);
    out.function(function);
  }
  static CreateAndMerge decode(LineageReader& in) {
    auto first = in.function<Create>();
    return {std::move(first), in.function<Merge>()};
  }
};

/// aggregate_by_key, fold_by_key: the first value of a key is merged into a zero.
template <class V, class C, class Merge>
struct MergeIntoZero {
  using In = V;
  using Value = C;
  static constexpr bool kCreates = true;

  C zero;
  Merge function;

  template <class X>
  C create(const OpLabel& op, X&& x) const {
    return merge(op, C(zero), std::forward<X>(x));
  }
  template <class A, class B>
  C merge(const OpLabel& op, A&& value, B&& x) const {
    return fold_from(op, function, C(std::forward<A>(value)), std::forward<B>(x));
  }
  void encode(LineageWriter& out) const {
    out.value(zero);
    out.function(function);
  }
  static MergeIntoZero decode(LineageReader& in) {
    auto zero = in.value<C>();
    return {std::move(zero), in.function<Merge>()};
  }
};

template <class K, class Combiner>
using CombinerTable = combine_table_t<K, typename Combiner::Value, typename Combiner::In>;

/// Adds passed pairs to a table of keys, with the op that an error is to name.
template <class K, class Combiner>
struct CombineStep {
  using Value = typename Combiner::Value;

  CombinerTable<K, Combiner>* table;
  const Combiner* combiner;
  const OpLabel* op;

  template <class A, class B>
  Value operator()(A&& value, B&& x) const {
    return combiner->merge(*op, std::forward<A>(value), std::forward<B>(x));
  }
  template <class X>
  Value create(X&& x) const requires(Combiner::kCreates) {
    return combiner->create(*op, std::forward<X>(x));
  }
  Value identity() const requires(WithIdentity<Combiner>) { return combiner->identity(); }
  template <class X>
  bool operator()(X&& x) const {
    table->add(x.first, std::forward<X>(x).second, *this);
    return true;
  }
};

}  // namespace kindred::detail
