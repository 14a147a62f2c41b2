// Ops that compare whole elements: distinct, subtract, intersection.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "kindred/engine/key.hpp"
#include "kindred/engine/key_set.hpp"
#include "kindred/rdd/erase.hpp"
#include "kindred/rdd/partition_count.hpp"
#include "kindred/rdd/presence.hpp"
#include "kindred/rdd/shuffle.hpp"

namespace kindred {
namespace detail {

/// The map side of distinct: each element once a map task, into the bucket of its hash.
template <class P>
class DistinctWriter final : public ShuffleWriter {
 public:
  using Row = element_t<P>;

  DistinctWriter(RddId id, std::uint32_t maps, P pipeline, std::uint32_t reducers, OpLabel label,
                 ReleaseOnExit release = {})
      : ShuffleWriter(id, maps, parents_of(pipeline),
                      with_label(labels_of(pipeline), std::move(label)), std::move(release)),
        pipeline_(std::move(pipeline)),
        reducers_(reducers) {}

  Output run(PartitionId partition, TaskContext& task) const override {
    KeySet<Row> seen(task.memory());
    Gather gather{&seen};
    pipeline_.run(partition, task, gather);
    auto buckets = std::make_shared<Buckets<Row>>(reducers_, task.memory());
    for (auto& row : seen.keys()) {
      const auto bucket = partition_of_hash(key_hash(static_cast<const Row&>(row)), reducers_);
      (*buckets)[bucket].push(Row(std::move(row)));
    }
    return keep(partition, task, std::move(buckets));
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto maps = in.partitions;
    auto pipeline = P::decode(in);
    const auto reducers = in.value<std::uint32_t>();
    return std::make_shared<DistinctWriter>(id, maps, std::move(pipeline), reducers, in.label());
  }

 private:
  struct Gather {
    KeySet<Row>* seen;
    template <class X>
    bool operator()(X&& x) const {
      seen->insert(std::forward<X>(x));
      return true;
    }
  };
  const void* factory() const override { return node_factory<DistinctWriter>(); }
  void encode(LineageWriter& out) const override {
    pipeline_.encode(out);
    out.value(reducers_);
  }

  P pipeline_;
  std::uint32_t reducers_;
};

/// The reduce side: lets an element pass when it is first seen.
template <class Row>
class DistinctNode final : public RowsNode<Row> {
 public:
  DistinctNode(RddId id, std::uint32_t partitions, std::optional<Partitioning> partitioning,
               PlacedInput<Row> input, OpLabel label)
      : RowsNode<Row>(id, NodeKind::rdd, partitions, parents_of_inputs(input), {std::move(label)}),
        input_(std::move(input)) {
    this->set_partitioning(partitioning);
  }
  bool run(PartitionId partition, TaskContext& task, RowSink<Row>& sink) const override {
    KeySet<Row> seen(task.memory());
    Pack<Row> pack(sink);
    FirstSeen first{&seen, &pack};
    return input_.run(partition, task, first) && pack.flush();
  }
  static std::shared_ptr<const Node> decode(LineageReader& in) {
    const auto id = in.id;
    const auto partitions = in.partitions;
    const auto partitioning = in.partitioning;
    auto input = PlacedInput<Row>::decode(in);
    return std::make_shared<DistinctNode>(id, partitions, partitioning, std::move(input),
                                          in.label());
  }

 private:
  struct FirstSeen {
    KeySet<Row>* seen;
    Pack<Row>* pack;
    template <class X>
    bool operator()(X&& x) const {
      return !seen->insert(std::as_const(x)) || (*pack)(std::forward<X>(x));
    }
  };
  const void* factory() const override { return node_factory<DistinctNode>(); }
  void encode(LineageWriter& out) const override { input_.encode(out); }

  PlacedInput<Row> input_;
};

/// Whether equal elements of an Rdd are in one of `partitions` partitions already: pairs that are
/// partitioned by their key.
template <class T, class P>
bool equal_rows_meet(const Rdd<T, P>& rdd, std::uint32_t partitions) {
  if constexpr (is_pair<T>) {
    return rdd.partitioning() == hashed<typename T::first_type>(partitions);
  } else {
    return false;
  }
}

}  // namespace detail

/// The ops of this file as members of an Rdd.
template <class Self>
class DistinctOps;

template <class T, class P>
class DistinctOps<Rdd<T, P>> {
 public:
  /// Each element once, in each partition in the order in which they are first seen. Lazy; wide,
  /// unless the elements are pairs that are partitioned by their key already. Elements need a hash
  /// and an operator==, as keys do; all NaNs are one. The elements of a partition that differ must
  /// fit in memory.
  ///     visits.map([](const Visit& visit) { return visit.user; }).distinct().count()
  Rdd<T> distinct(PartitionCount partitions = {},
                  SourceLocation where = SourceLocation::current()) const {
    if constexpr (!comparable()) {
      return Rdd<T>(self());
    } else {
      const auto label = detail::make_label("distinct", where);
      const auto& session = self().session();
      const auto count = partitions.value_or(self().partitions(), "distinct");
      if (detail::equal_rows_meet(self(), count)) {
        return made(detail::PlacedInput<T>(detail::Erased<T>(detail::erase(self()))), count,
                    self().partitioning(), *label);
      }
      const auto id = session->next_id();
      return made(detail::PlacedInput<T>(std::make_shared<detail::DistinctWriter<P>>(
                      id, self().partitions(), self().pipeline(), count, *label,
                      ReleaseOnExit(session->releases(), ShuffleId{id.value}))),
                  count, std::nullopt, *label);
    }
  }

  /// The elements that `other` has not, with those that are there several times, in each partition
  /// in their order. Lazy; wide, unless both are pairs that are partitioned alike. Elements need a
  /// hash, as for distinct(). What differs in one partition of `other` must fit in memory.
  ///     today.subtract(yesterday)
  template <class Other>
  Rdd<T> subtract(const Rdd<T, Other>& other, PartitionCount partitions = {},
                  SourceLocation where = SourceLocation::current()) const {
    if constexpr (!comparable()) {
      return Rdd<T>(self());
    } else {
      return compared<detail::Presence::absent>("subtract", other, partitions, where);
    }
  }

  /// The elements that both Rdds have, each once, in each partition in the order of this one. Lazy;
  /// wide, unless both are pairs that are partitioned alike. Elements need a hash, as for
  /// distinct(). What differs in one partition must fit in memory.
  ///     customers.intersection(suppliers)
  template <class Other>
  Rdd<T> intersection(const Rdd<T, Other>& other, PartitionCount partitions = {},
                      SourceLocation where = SourceLocation::current()) const {
    if constexpr (!comparable()) {
      return Rdd<T>(self());
    } else {
      return compared<detail::Presence::present_once>("intersection", other, partitions, where);
    }
  }

 private:
  const Rdd<T, P>& self() const { return static_cast<const Rdd<T, P>&>(*this); }

  /// The rules for elements that are compared.
  static constexpr bool comparable() {
    static_assert(hashable_key<T>,
                  "distinct, subtract and intersection: the element type has no hash: give it a "
                  "kindred::hash<T> (or std::hash<T>) and an operator==, or use an op by key");
    return hashable_key<T> && detail::check_element<T>();
  }

  template <detail::Presence kept, class Other>
  Rdd<T> compared(const char* op, const Rdd<T, Other>& other, const PartitionCount& partitions,
                  const SourceLocation& where) const {
    const auto label = detail::make_label(op, where);
    detail::check_same_context(self(), other, *label);
    const auto& session = self().session();
    const auto count = partitions.value_or(std::max(self().partitions(), other.partitions()), op);
    const bool meet =
        detail::equal_rows_meet(self(), count) && detail::equal_rows_meet(other, count);
    const auto input = [&]<class Chain>(const Rdd<T, Chain>& rdd) {
      if (meet) return detail::PlacedInput<T>(detail::Erased<T>(detail::erase(rdd)));
      const auto id = session->next_id();
      return detail::PlacedInput<T>(
          std::make_shared<detail::ScatterWriter<Chain, detail::ByHash<detail::ByElement>>>(
              id, rdd.partitions(), rdd.pipeline(), detail::ByHash<detail::ByElement>{}, count,
              *label, ReleaseOnExit(session->releases(), ShuffleId{id.value})));
    };
    auto left = input(self());
    auto right = input(other);
    const auto partitioning = meet ? self().partitioning() : std::nullopt;
    auto node = std::make_shared<detail::PresenceNode<T, T, detail::ByElement, kept>>(
        session->next_id(), count, partitioning, std::move(left), std::move(right), *label);
    return Rdd<T>(session, detail::Erased<T>(std::move(node)), count, partitioning);
  }

  Rdd<T> made(detail::PlacedInput<T> input, std::uint32_t partitions,
              std::optional<Partitioning> partitioning, const OpLabel& label) const {
    auto node = std::make_shared<detail::DistinctNode<T>>(self().session()->next_id(), partitions,
                                                          partitioning, std::move(input), label);
    return Rdd<T>(self().session(), detail::Erased<T>(std::move(node)), partitions, partitioning);
  }
};

}  // namespace kindred
